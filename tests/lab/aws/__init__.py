"""An emulated AWS for the tests: moto's stores, and the lifecycle and the rules that moto lacks."""
