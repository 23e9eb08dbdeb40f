"""CloudFormation: stacks that live in steps, with events, signals, rollbacks and change sets."""
