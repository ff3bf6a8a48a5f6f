# METADATA
# scope: package
# title: IAM grants what is needed and no more
# description: >-
#   No policy grants everything, no role can be taken by everyone, and people and programs get their keys elsewhere.
#   Policy documents are read as JSON, and as the blocks of an aws_iam_policy_document that is rendered in the apply.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   severity: critical
#   controls: [CIS-AWS-1.15, CIS-AWS-1.16, NIST-AC-6, NIST-IA-5]
#   owner: cloud-security
#   rules:
#     deny_full_access:
#       title: All actions on all resources
#       fix: Name the actions and the resources that are needed.
#     deny_wildcard_action:
#       title: All actions
#       fix: Name the actions that are needed.
#     deny_wildcard_resource:
#       title: A whole service, or a way to more rights, on all resources
#       fix: Name the resources, or the actions.
#     deny_except_action:
#       title: Everything but some actions
#       fix: Replace NotAction by the actions that are needed; what AWS adds tomorrow is granted too.
#     deny_unknown_document:
#       title: Policy document that is known only after apply
#       fix: Write the document as an aws_iam_policy_document, whose blocks the plan shows.
#     deny_public_trust:
#       title: Role that everyone may take
#       fix: Name the principals, or add a condition such as aws:PrincipalOrgID.
#     deny_admin_attachment:
#       title: Administrator policy attached
#       fix: Attach a policy that grants what is needed.
#     deny_user_access_key:
#       title: Access key of a user
#       fix: Use a role with short-lived credentials, or IAM Identity Center.
#     deny_unreadable:
#       title: Input that cannot be judged
#       fix: Send the whole output of terraform show -json, or a resource with type, name and attributes.
#     warn_conditional_trust:
#       title: Role that everyone may take under a condition
#       fix: Name the principals too.
#     warn_user_policy:
#       title: Policy on a user
#       fix: Put the user into a group, and the policy on the group.
package aegis.provisioning.iam

policy := "aegis.provisioning.iam"

default allow := false

# An input that this policy cannot read is not a pass, whatever exceptions there are.
allow if {
	count(data.aegis.provisioning.resources.input_problems) == 0
	count(deny) == 0
}

deny contains found if {
	some found in finding
	not data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

warn contains found if {
	some found in advice
	not data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

exempted contains object.union(found, {"exception": exception}) if {
	some found in (finding | advice)
	exception := data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

finding contains found if {
	some found in data.aegis.provisioning.resources.unreadable(types)
}

finding contains data.aegis.provisioning.resources.finding("deny_full_access", holder, msg) if {
	some [holder, statement] in permissions
	any_action(statement)
	"*" in statement.resources
	msg := sprintf("%v must not allow all actions on all resources", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_wildcard_action", holder, msg) if {
	some [holder, statement] in permissions
	any_action(statement)
	not "*" in statement.resources
	msg := sprintf("%v must not allow all actions", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_wildcard_resource", holder, msg) if {
	some [holder, statement] in permissions
	"*" in statement.resources
	some action in statement.actions
	far_reaching(action)
	msg := sprintf("%v must not allow %v on all resources", [holder.title, action])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_wildcard_resource", holder, msg) if {
	some [holder, statement] in permissions
	null in statement.resources
	some action in statement.actions
	far_reaching(action)
	msg := sprintf("%v must name the resources of %v", [holder.title, action])
}

finding contains data.aegis.provisioning.resources.finding("deny_except_action", holder, msg) if {
	some [holder, statement] in permissions
	count(statement.except_actions) > 0
	msg := sprintf("%v must not allow everything but some actions", [holder.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_unknown_document", holder, msg) if {
	some [holder, document] in documents
	open(document)
	msg := sprintf("%v must have a policy document that can be judged", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_public_trust", holder, msg) if {
	some [holder, statement] in trusts
	data.aegis.provisioning.documents.grants_everyone(statement)
	not statement.conditioned
	msg := sprintf("role %v must not be open to everyone", [holder.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_public_trust", role, msg) if {
	some [role, document] in trust_documents
	open_trust(document)
	msg := sprintf("role %v must not be open to everyone", [role.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_admin_attachment", holder, msg) if {
	some holder in planned
	open_attachment(holder)
	msg := sprintf("%v must attach no administrator policy", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_admin_attachment", holder, msg) if {
	some holder in planned
	some arn in attached(holder)
	some name in administrator_policies
	endswith(arn, concat("", [":aws:policy/", name]))
	msg := sprintf("%v must not attach %v", [holder.title, name])
}

finding contains data.aegis.provisioning.resources.finding("deny_user_access_key", key, msg) if {
	some key in planned
	key.type == "aws_iam_access_key"
	object.get(key.attributes, "status", null) != "Inactive"
	msg := sprintf("%v must not be: a user's access key never ends by itself", [key.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_unreadable", holder, msg) if {
	some [holder, document] in array.concat(documents, trust_documents)
	document.kind == "unreadable"
	msg := sprintf("the policy document of %v cannot be read", [holder.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_conditional_trust", holder, msg) if {
	some [holder, statement] in trusts
	data.aegis.provisioning.documents.grants_everyone(statement)
	statement.conditioned
	msg := sprintf("role %v is open to everyone who meets its condition", [holder.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_user_policy", holder, msg) if {
	some holder in planned
	holder.type in {"aws_iam_user_policy", "aws_iam_user_policy_attachment"}
	msg := sprintf("%v gives rights to one user instead of a group", [holder.title])
}
