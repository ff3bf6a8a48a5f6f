# METADATA
# scope: package
# title: Policy documents
# description: >-
#   Reads AWS policy documents, as JSON text or as the blocks of an `aws_iam_policy_document` that is only rendered
#   during the apply, into statements of one shape.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
# custom:
#   library: true
#   owner: policy-platform
package aegis.provisioning.documents

# METADATA
# description: >-
#   What the attribute says: `read` with its statements, `absent`, `unknown` until the apply, or `unreadable`.
document(found, key) := {"kind": "read", "statements": spelled} if {
	spelled := statements(found.attributes[key])
} else := {"kind": "unreadable"} if {
	value := found.attributes[key]
	not value in {null, ""}
} else := pending(found, key) if {
	data.aegis.provisioning.resources.obscured(found, key)
} else := {"kind": "absent"}

pending(found, key) := {"kind": "read", "statements": blocks} if {
	blocks := rendered(sole_source(found, key))
} else := {"kind": "unknown"}

# METADATA
# description: The statements of a document in JSON; undefined when it cannot be read as one.
statements(text) := [from_json(raw) | some raw in raws] if {
	is_string(text)
	json.is_valid(text)
	parsed := json.unmarshal(text)
	is_object(parsed)
	raws := list(parsed.Statement)
	every raw in raws {
		well_formed(raw)
	}
}

# METADATA
# description: >-
#   The statements of an `aws_iam_policy_document`, null for what is not known yet; undefined when it is merged from
#   other documents or the blocks themselves are open.
rendered(source) := [from_block(block, at(marks, i)) | some i, block in blocks] if {
	every key in ["source_json", "override_json", "source_policy_documents", "override_policy_documents"] {
		unmerged(source, key)
	}
	not data.aegis.provisioning.resources.unknown(source, "statement")
	blocks := data.aegis.provisioning.resources.blocks(source.attributes, "statement")
	every block in blocks {
		is_object(block)
	}
	marks := data.aegis.provisioning.resources.blocks(source.unknown, "statement")
}

# METADATA
# description: Whether the statement lets just anybody in.
grants_everyone(statement) if {
	statement.effect == "Allow"
	"*" in statement.principals
}

unmerged(source, key) if {
	not data.aegis.provisioning.resources.unknown(source, key)
	object.get(source.attributes, key, null) in {null, "", []}
}

# The data source that the attribute is taken from, where it is taken as it is: with any other reference beside it, the
# expression may do something else with the text.
sole_source(found, key) := source if {
	addresses := data.aegis.provisioning.resources.targets(found, key)
	some source in sources
	addresses == {source.address, concat("", [source.address, ".json"])}
}

sources := [source |
	some source in data.aegis.provisioning.resources.deferred("aws_iam_policy_document")
	is_string(source.address)
]

well_formed(raw) if {
	is_object(raw)
	raw.Effect in {"Allow", "Deny"}
	some key in ["Action", "NotAction"]
	list(raw[key])
}

from_json(raw) := {
	"effect": raw.Effect,
	"actions": lowered(list(object.get(raw, "Action", []))),
	"except_actions": lowered(list(object.get(raw, "NotAction", []))),
	"resources": json_resources(raw),
	"principals": json_principals(raw),
	"conditioned": object.get(raw, "Condition", {}) != {},
}

# What is allowed on all resources but some is as wide as what is allowed on all; likewise for principals.
json_resources(raw) := ["*"] if {
	object.get(raw, "NotResource", null) != null
} else := list(object.get(raw, "Resource", []))

json_principals(raw) := ["*"] if {
	object.get(raw, "NotPrincipal", null) != null
} else := [raw.Principal] if {
	is_string(raw.Principal)
} else := [name |
	is_object(raw.Principal)
	some value in raw.Principal
	some name in list(value)
]

from_block(block, marks) := {
	"effect": effect(block),
	"actions": lowered(known(block, marks, "actions")),
	"except_actions": lowered(known(block, marks, "not_actions")),
	"resources": block_resources(block, marks),
	"principals": block_principals(block, marks),
	"conditioned": count(data.aegis.provisioning.resources.blocks(block, "condition")) > 0,
}

effect(block) := block.effect if {
	is_string(block.effect)
} else := "Allow"

block_resources(block, marks) := ["*"] if {
	count(known(block, marks, "not_resources")) > 0
} else := known(block, marks, "resources")

block_principals(block, marks) := ["*"] if {
	count(known(block, marks, "not_principals")) > 0
} else := [name |
	some i, principal in data.aegis.provisioning.resources.blocks(block, "principals")
	some name in known(principal, at(data.aegis.provisioning.resources.blocks(marks, "principals"), i), "identifiers")
]

at(marks, i) := marks[i] if {
	is_object(marks[i])
} else := {}

# A list with null for each member that only the apply will tell.
known(block, marks, key) := value if {
	value := block[key]
	is_array(value)
} else := [null] if {
	object.get(marks, key, false) == true
} else := []

lowered(names) := [folded(name) | some name in names]

# AWS does not tell the case of actions apart.
folded(name) := lower(name) if {
	is_string(name)
} else := null

list(value) := value if is_array(value)

list(value) := [value] if is_string(value)

list(value) := [value] if is_object(value)
