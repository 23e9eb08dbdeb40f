//! What the roles of a real stack may do and may not, with permissions enforced and a client that is not ours.

use jetway_tests::aws::Aws;
use serde_json::{Value, json};

use super::{WEB, installed};

const GITHUB: &str = "[github]\nrepository = \"octo-org/hello\"\n";

/// Two applications in `qa`, and objects of both in the store.
fn neighbours() -> (Aws, Value) {
    let aws = installed(&format!("{WEB}{GITHUB}"));
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    let _ = aws.jetway(&["--yes", "app", "create", "production"]).succeeds();
    let shown = aws.jetway(&["--json", "app", "show", "qa"]).succeeds().json();
    let outputs = shown["environments"][0]["outputs"].clone();
    aws.file("jetway.toml", format!("{WEB}{GITHUB}").replace("\"hello\"", "\"hello-admin\""));
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    (aws, outputs)
}

/// Runs lines of Python as a role; each of `tried` is what happens: `ok`, or the code of the error.
fn tries(aws: &Aws, role: &str, setup: &str, tried: &[(&str, &str)]) {
    let session = aws.tell("sessions", &json!({ "role": role }));
    let admin = aws.tell("enforce-iam", &json!({}));
    let calls: Vec<&str> = tried.iter().map(|(call, _)| *call).collect();
    let program = format!(
        "from botocore.exceptions import ClientError\nadmin, session = json.loads({admin:?}), json.loads({session:?})\n\
         keys = lambda each: dict(aws_access_key_id=each['access_key_id'],\n    \
             aws_secret_access_key=each['secret_access_key'], aws_session_token=each.get('session_token'))\n\
         root = lambda name: client(name, **keys(admin))\nmine = lambda name: client(name, **keys(session))\n\
         base = root('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
         base = {{each['OutputKey']: each['OutputValue'] for each in base}}\n\
         bucket, key = base['StorageBucket'], base['KeyArn']\n{setup}\nfound = []\n\
         for call in {calls:?}:\n    try:\n        eval(call)\n        found.append('ok')\n    \
         except ClientError as error:\n        found.append(error.response['Error']['Code'])\nprint(json.dumps(found))",
        admin = admin.to_string(),
        session = session.to_string(),
    );
    let found = aws.read(&program);
    for ((call, expected), found) in tried.iter().zip(found.as_array().unwrap()) {
        assert_eq!(found, expected, "{call}");
    }
}

const OBJECTS: &str = "\
for name in ['hello', 'hello-admin']:
    for path in [f'images/{name}/index.json', f'jetway/qa/{name}/config/c1.json', f'qa/{name}/own.txt',
                 f'jetway/production/{name}/config/c1.json', f'jetway/qa/{name}/releases/v1.json']:
        root('s3').put_object(Bucket=bucket, Key=path, Body=b'x', IfNoneMatch='*')
context = lambda environment, name: {'jetway:installation': 'jetway', 'jetway:environment': environment,
    'jetway:application': name, 'jetway:version': 'c1'}
sealed = lambda environment, name: root('kms').generate_data_key(KeyId=key, KeySpec='AES_256',
    EncryptionContext=context(environment, name))['CiphertextBlob']
opens = lambda environment, name: mine('kms').decrypt(KeyId=key, CiphertextBlob=sealed(environment, name),
    EncryptionContext=context(environment, name))
get = lambda path: mine('s3').get_object(Bucket=bucket, Key=path)
put = lambda path: mine('s3').put_object(Bucket=bucket, Key=path, Body=b'y', IfNoneMatch='*')
stacks = lambda environment: root('cloudformation').describe_stacks(StackName=f'jetway-app-{environment}-hello')['Stacks']
release = lambda environment: next(each['OutputValue'] for each in stacks(environment)[0]['Outputs']
    if each['OutputKey'] == 'ReleaseRoleArn')
small = json.dumps({'Resources': {'Topic': {'Type': 'AWS::SNS::Topic'}}})
makes = lambda name, **more: mine('cloudformation').create_stack(StackName=name, TemplateBody=small, **more)
";

#[test]
fn instances_read_what_is_theirs_and_nothing_of_a_neighbour() {
    let (aws, outputs) = neighbours();
    let role = role_of(&aws, outputs["InstanceProfileArn"].as_str().unwrap());
    let denied = "AccessDenied";
    tries(
        &aws,
        &role,
        OBJECTS,
        &[
            ("get('images/hello/index.json')", "ok"),
            ("get('jetway/qa/hello/config/c1.json')", "ok"),
            ("get('jetway/qa/hello/releases/v1.json')", "ok"),
            ("get('qa/hello/own.txt')", "ok"),
            ("put('qa/hello/new.txt')", "ok"),
            ("put('jetway/qa/hello/instances/v1/i-1.json')", "ok"),
            ("opens('qa', 'hello')", "ok"),
            ("get('images/hello-admin/index.json')", denied),
            ("get('jetway/qa/hello-admin/config/c1.json')", denied),
            ("get('jetway/production/hello/config/c1.json')", denied),
            ("get('qa/hello-admin/own.txt')", denied),
            ("put('images/hello/new.json')", denied),
            ("put('jetway/qa/hello/releases/v2.json')", denied),
            ("put('jetway/qa/hello/config/c2.json')", denied),
            ("opens('qa', 'hello-admin')", "AccessDeniedException"),
            ("opens('production', 'hello')", "AccessDeniedException"),
            ("mine('iam').list_users()", denied),
        ],
    );
}

#[test]
fn ci_deploys_and_opens_no_config() {
    let (aws, outputs) = neighbours();
    let denied = "AccessDenied";
    tries(
        &aws,
        outputs["DeployRoleArn"].as_str().unwrap(),
        OBJECTS,
        &[
            ("put('images/hello/layers/a')", "ok"),
            ("put('jetway/qa/hello/releases/v2.json')", "ok"),
            ("put('jetway/qa/hello/lock.json')", "ok"),
            ("get('jetway/qa/hello/config/c1.json')", "ok"),
            ("mine('cloudformation').describe_stacks(StackName='jetway-app-qa-hello')", "ok"),
            ("opens('qa', 'hello')", "AccessDeniedException"),
            ("put('jetway/qa/hello/config/c2.json')", denied),
            ("put('images/hello-admin/layers/a')", denied),
            ("put('jetway/production/hello/releases/v2.json')", denied),
            ("get('qa/hello/own.txt')", denied),
            ("mine('cloudformation').delete_stack(StackName='jetway-app-qa-hello')", denied),
            ("makes('jetway-release-qa-hello--v9', RoleARN=release('qa'))", "ok"),
            ("makes('jetway-release-qa-hello--v8')", denied),
            ("makes('jetway-release-qa-hello--v8', RoleARN=release('production'))", denied),
            ("makes('jetway-release-production-hello--v9', RoleARN=release('qa'))", denied),
        ],
    );
}

#[test]
fn workflows_of_one_repository_and_environment_take_on_the_deploy_role() {
    let (aws, outputs) = neighbours();
    let role = outputs["DeployRoleArn"].as_str().unwrap();
    let setup = format!(
        "import base64\nissuer = 'https://token.actions.githubusercontent.com'\n\
         coded = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip('=')\n\
         token = lambda subject: '.'.join([coded({{}}), coded(dict(iss=issuer, aud='sts.amazonaws.com', sub=subject)), 'x'])\n\
         takes = lambda subject: mine('sts').assume_role_with_web_identity(RoleArn={role:?}, RoleSessionName='ci',\n    \
             WebIdentityToken=token(subject))"
    );
    tries(
        &aws,
        role,
        &setup,
        &[
            ("takes('repo:octo-org/hello:environment:qa')", "ok"),
            ("takes('repo:octo-org/hello:environment:production')", "AccessDenied"),
            ("takes('repo:octo-org/other:environment:qa')", "AccessDenied"),
            ("takes('repo:octo-org/hello:ref:refs/heads/main')", "AccessDenied"),
        ],
    );
}

#[test]
fn a_printed_policy_is_the_one_that_the_stack_grants() {
    let aws = installed(&format!("{WEB}{GITHUB}"));
    let _ = aws.jetway(&["--yes", "app", "create", "qa"]).succeeds();
    let granted = aws.read(
        "iam = client('iam')\nfound = {}\n\
         for role in iam.list_roles(PathPrefix='/jetway/qa/hello/')['Roles']:\n    \
             for name in iam.list_role_policies(RoleName=role['RoleName'])['PolicyNames']:\n        \
                 policy = iam.get_role_policy(RoleName=role['RoleName'], PolicyName=name)\n        \
                 found[name] = policy['PolicyDocument']\n\
         base = client('cloudformation').describe_stacks(StackName='jetway-base')['Stacks'][0]['Outputs']\n\
         found['base'] = {each['OutputKey']: each['OutputValue'] for each in base}\nprint(json.dumps(found))",
    );
    let base = |name: &str| granted["base"][name].as_str().unwrap().to_owned();
    for kind in ["instance", "deploy"] {
        let (bucket, key) = (base("StorageBucket"), base("KeyArn"));
        let place = ["--account", "123456789012", "--region", "us-west-2", "--bucket", &bucket, "--key", &key];
        let line = [&["policy", kind, "--environment", "qa"][..], &place].concat();
        assert_eq!(aws.jetway(&line).succeeds().json(), granted[kind], "{kind}");
    }
}

fn role_of(aws: &Aws, profile: &str) -> String {
    let name = profile.rsplit('/').next().unwrap();
    let found = aws.read(&format!(
        "found = client('iam').get_instance_profile(InstanceProfileName={name:?})\n\
         print(json.dumps(found['InstanceProfile']['Roles'][0]['Arn']))"
    ));
    found.as_str().unwrap().to_owned()
}
