# METADATA
# scope: package
# title: Resources of an input
# description: >-
#   Reads a Terraform plan (`terraform show -json`) or a single `input.resource` into resources of one shape, and
#   names what could not be read, so that missing evidence denies instead of disappearing.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/internals/json-format
# custom:
#   library: true
#   owner: policy-platform
package aegis.provisioning.resources

# METADATA
# description: What an apply would create, change or replace, of the given set of types, as it would be afterwards.
planned(types) := array.concat(
	[resource(change) | some change in changes; change.type in types; judged(change)],
	[lone | lone.type in types],
)

# METADATA
# description: What stands after an apply, changed or not, of the given set of types. Evidence for others.
standing(types) := [resource(change) |
	some change in changes
	change.type in types
	object.get(change, "mode", "managed") != "data"
	is_object(change.change.after)
]

# METADATA
# description: Data sources of the given type that are only read during the apply, as far as they are known.
deferred(type) := [resource(change) |
	some change in changes
	change.type == type
	object.get(change, "mode", "managed") == "data"
	is_object(change.change.after)
]

# METADATA
# description: Whether the plan leaves the attribute open until the apply.
unknown(found, key) if unknown_in(found.attributes, found.unknown, key)

# METADATA
# description: The same for a block, with the marks that belong to it.
unknown_in(block, marks, key) if {
	marked(marks, key)
	not present(block, key)
}

# METADATA
# description: The marks of one block of a list; a mark on the whole is one on each part.
marks_of(marks, key, i) := part_marks if {
	part_marks := marks[key][i]
	part_marks != false
} else := whole if {
	marked(marks, key)
	whole := true
} else := {}

marked(marks, _) if marks == true

marked(marks, key) if marks[key] == true

present(block, key) if block[key] != null

# METADATA
# description: >-
#   Whether the plan leaves an attribute open that somebody did set. One that nobody sets is open too, since the
#   provider fills it in, but with its default.
obscured(found, key) if {
	unknown(found, key)
	not unset(found, key)
}

# METADATA
# description: The attribute as a list, whatever it is; a block that is not there is an empty list.
blocks(attributes, key) := value if {
	value := attributes[key]
	is_array(value)
} else := [value] if {
	value := attributes[key]
	is_object(value)
} else := []

# METADATA
# description: The text at the key, or null when there is none.
text(holder, key) := value if {
	value := holder[key]
	is_string(value)
	value != ""
} else := null

# METADATA
# description: A finding of the rule on the resource.
finding(rule, found, msg) := {"rule": rule, "address": found.address, "name": found.name, "msg": msg}

# METADATA
# description: A finding that holds because the plan does not tell yet; it says so.
unknown_finding(rule, found, msg) := {
	"rule": rule,
	"address": found.address,
	"name": found.name,
	"msg": concat("", [msg, ", which is known only after apply"]),
	"unknown": true,
}

changes := input.resource_changes if is_array(input.resource_changes)

# Evidence that is missing is read as an empty object, so that what it should show counts as absent.
resource(change) := described(change, change.address, change.change.after) if {
	is_string(change.address)
	change.address != ""
	is_object(change.change.after)
} else := described(change, text(change, "address"), part(part(change, "change"), "after"))

described(change, address, after) := {
	"address": address,
	"name": name,
	"title": title(name),
	"type": change.type,
	"attributes": after,
	"unknown": object.get(change, ["change", "after_unknown"], {}),
	"planned": true,
	"change": change,
} if {
	name := own_name(after, address)
}

lone := {
	"address": name,
	"name": name,
	"title": title(name),
	"type": input.resource.type,
	"attributes": part(input.resource, "attributes"),
	"unknown": {},
	"planned": false,
	"change": {},
} if {
	is_string(input.resource.type)
	name := text(input.resource, "name")
}

# The name the cloud knows. Terraform's label is no substitute: every second module calls its resource "this", and an
# exception for one of them must not cover all.
own_name(after, address) := after.bucket if {
	is_string(after.bucket)
	after.bucket != ""
} else := after.name if {
	is_string(after.name)
	after.name != ""
} else := address

title(name) := name if {
	is_string(name)
} else := "without a name"

part(holder, key) := value if {
	value := holder[key]
	is_object(value)
} else := {}

judged(change) if {
	object.get(change, "mode", "managed") != "data"
	not spared(change)
}

spared(change) if change.change.actions in untouched

untouched := {["no-op"], ["read"], ["delete"], ["forget"]}
