//! GitHub as an identity provider: workflows get short credentials instead of keys that can be stolen.

use serde_json::json;

use crate::template::model::Template;
use crate::template::policy::trust::GITHUB;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

/// An account has one provider for each address, so only one installation of an account can make it. It trusts nobody
/// by itself: the deploy roles of application stacks say which repository and environment.
pub(super) fn add(template: &mut Template, tags: &Tags) {
    // AWS checks GitHub's certificate itself, so no thumbprint is needed:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    let provider = Resource::new(
        "AWS::IAM::OIDCProvider",
        "Lets GitHub workflows take on the deploy roles of applications",
        json!({ "Url": format!("https://{GITHUB}"), "ClientIdList": ["sts.amazonaws.com"] }),
    );
    template.resources.add("Github", provider.tagged(tags));
}
