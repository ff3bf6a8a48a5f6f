package aegis.provisioning.iam

types := {
	"aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy", "aws_iam_role",
	"aws_iam_policy_document", "aws_iam_policy_attachment", "aws_iam_role_policy_attachment",
	"aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment", "aws_iam_access_key",
}

planned := data.aegis.provisioning.resources.planned(types)

# What each resource says about rights: [resource, document], and [resource, statement] for each that allows.
documents := array.concat(
	[[holder, document] |
		some holder in planned
		holder.type in {"aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"}
		document := data.aegis.provisioning.documents.document(holder, "policy")
	],
	array.concat(inline_documents, block_documents),
)

inline_documents := [[role, document] |
	some role in planned
	role.type == "aws_iam_role"
	some i, block in data.aegis.provisioning.resources.blocks(role.attributes, "inline_policy")
	marks := data.aegis.provisioning.resources.marks_of(role.unknown, "inline_policy", i)
	document := inline_document(block, marks)
]

# An empty block is how a role says that it wants no inline policy.
inline_document(block, marks) := {"kind": "read", "statements": spelled} if {
	spelled := data.aegis.provisioning.documents.statements(block.policy)
} else := {"kind": "unknown"} if {
	data.aegis.provisioning.resources.unknown_in(block, marks, "policy")
} else := {"kind": "unreadable"} if {
	text := block.policy
	not text in {null, ""}
} else := {"kind": "absent"}

block_documents := [[source, document] |
	some source in planned
	source.type == "aws_iam_policy_document"
	document := block_document(source)
]

block_document(source) := {"kind": "read", "statements": spelled} if {
	spelled := data.aegis.provisioning.documents.rendered(source)
} else := {"kind": "unreadable"}

trust_documents := [[role, document] |
	some role in planned
	role.type == "aws_iam_role"
	document := data.aegis.provisioning.documents.document(role, "assume_role_policy")
]

permissions := [[holder, statement] |
	some [holder, document] in documents
	some statement in document.statements
	statement.effect == "Allow"
]

trusts := [[role, statement] |
	some [role, document] in trust_documents
	some statement in document.statements
]

any_action(statement) if {
	some action in statement.actions
	action in {"*", "*:*"}
}

far_reaching(action) if {
	is_string(action)
	endswith(action, ":*")
	action != "*:*"
}

far_reaching(action) if action in ways_to_more_rights

# Actions by which somebody who may do them anywhere can take rights or secrets that were never granted to them.
ways_to_more_rights := {
	"iam:addusertogroup", "iam:attachgrouppolicy", "iam:attachrolepolicy", "iam:attachuserpolicy",
	"iam:createaccesskey", "iam:createloginprofile", "iam:createpolicyversion", "iam:passrole",
	"iam:putgrouppolicy", "iam:putrolepolicy", "iam:putuserpolicy", "iam:setdefaultpolicyversion",
	"iam:updateassumerolepolicy", "iam:updateloginprofile", "kms:decrypt", "secretsmanager:getsecretvalue",
	"sts:assumerole",
}

# Not to know which actions or principals there are is not to know the document.
open(document) if document.kind == "unknown"

open(document) if {
	some statement in document.statements
	statement.effect == "Allow"
	some names in [statement.actions, statement.except_actions]
	null in names
}

open_trust(document) if open(document)

open_trust(document) if {
	some statement in document.statements
	statement.effect == "Allow"
	null in statement.principals
}

attached(holder) := [arn | some arn in holder.attributes.managed_policy_arns; is_string(arn)] if {
	is_array(holder.attributes.managed_policy_arns)
} else := [holder.attributes.policy_arn] if {
	is_string(holder.attributes.policy_arn)
} else := []

# A policy that is made in the same plan is judged there; it has no name in the cloud yet.
open_attachment(holder) if {
	some key in ["policy_arn", "managed_policy_arns"]
	unsettled(holder, key)
	count(data.aegis.provisioning.resources.targets(holder, key) & policy_addresses) == 0
}

unsettled(holder, key) if data.aegis.provisioning.resources.obscured(holder, key)

unsettled(holder, "managed_policy_arns") if {
	is_array(holder.attributes.managed_policy_arns)
	null in holder.attributes.managed_policy_arns
}

policy_addresses := {found.address | some found in data.aegis.provisioning.resources.standing({"aws_iam_policy"})}

administrator_policies := {"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"}
