package aegis.provisioning.resources

# METADATA
# description: Findings for whatever a policy on the given set of types cannot read.
unreadable(types) := {found |
	some problem in array.concat(input_problems, array.concat(change_problems(types), lone_problems(types)))
	found := {"rule": "deny_unreadable", "address": problem[0], "name": problem[1], "msg": problem[2]}
}

# What makes the whole input unreadable, to every policy alike. Such a finding has no name, so that no exception,
# which is leave for a named resource, can cover it.
input_problems := [[null, null, msg] | some msg in array.concat(shape_problems, entry_problems)]

shape_problems := [msg |
	some [msg, holds] in [
		["the input is neither a Terraform plan (format_version) nor a resource (input.resource)", shapeless],
		["format_version is not one that this policy reads (0.x or 1.x)", unfamiliar],
		["the plan ended in an error, so it does not show all that would change", errored],
		["resource_changes is not a list", changes_scrambled],
		["input.resource has no type", typeless],
	]
	holds
]

entry_problems := [] if {
	# The usual case in one pass.
	count([1 | some change in changes; is_string(change.type)]) == count(changes)
} else := array.concat(
	[sprintf("resource_changes[%v] is not an object", [i]) | some i, change in changes; not is_object(change)],
	[sprintf("resource_changes[%v] has no type", [i]) |
		some i, change in changes
		is_object(change)
		text(change, "type") == null
	],
)

default shapeless := true

shapeless := false if is_object(input.resource)

shapeless := false if is_string(input.format_version)

default unfamiliar := false

unfamiliar if {
	is_string(input.format_version)
	not regex.match(`^[01]\.[0-9]+$`, input.format_version)
}

default errored := false

errored if input.errored != false

default changes_scrambled := false

changes_scrambled if {
	scrambled := input.resource_changes
	not is_array(scrambled)
}

default typeless := false

typeless if {
	is_object(input.resource)
	text(input.resource, "type") == null
}

change_problems(types) := [[item.address, item.name, msg] |
	some i, change in changes
	change.type in types
	judged(change)
	not sound(change)
	item := resource(change)
	msg := sprintf("resource_changes[%v] (%v) cannot be judged: no usable %v", [
		i,
		change.type,
		concat(", ", [key | some key in ["address", "name", "mode", "actions", "after"]; flawed(change, key)]),
	])
]

# One test for the many sound changes, so that only the others are taken apart.
sound(change) if {
	is_string(change.address)
	change.address != ""
	is_string(change.name)
	change.name != ""
	change.mode == "managed"
	change.change.actions in touched
	is_object(change.change.after)
}

flawed(change, key) if {
	key in {"address", "name"}
	text(change, key) == null
}

flawed(change, "mode") if object.get(change, "mode", null) != "managed"

flawed(change, "actions") if not usual(change)

flawed(change, "after") if {
	after := object.get(part(change, "change"), "after", null)
	not is_object(after)
}

usual(change) if change.change.actions in touched

# Terraform's documented actions on what is not left alone; another list is not understood and is judged as a create.
touched := {["create"], ["update"], ["delete", "create"], ["create", "delete"], ["create", "forget"]}

lone_problems(types) := [[name, name, msg] |
	input.resource.type in types
	name := text(input.resource, "name")
	missing := [key | some key in ["name", "attributes"]; lacking(key)]
	count(missing) > 0
	msg := sprintf("input.resource (%v) cannot be judged: no usable %v", [input.resource.type, concat(", ", missing)])
]

lacking("name") if text(input.resource, "name") == null

lacking("attributes") if {
	attributes := object.get(input.resource, "attributes", null)
	not is_object(attributes)
}
