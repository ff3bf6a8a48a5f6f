package aegis.provisioning.resources

# METADATA
# description: Whether the configuration is there and says that nobody sets the attribute.
unset(found, key) if {
	expressions := part(configured[bare(found.address)], "expressions")
	object.get(expressions, key, null) == null
}

# METADATA
# description: >-
#   The addresses that the attribute's expression refers to, followed through the inputs and outputs of modules. Where
#   it picks an instance only at plan time (`each.key`, `count.index`), that is the one with the resource's own key.
targets(found, key) := direct | implied(found, direct) if {
	entry := configured[bare(found.address)]
	refs := references(object.get(part(entry, "expressions"), key, {}))
	prefix := module_prefix(found.change)
	direct := {concat("", [prefix, ref]) | some ref in (refs | each_references(entry, refs))}
} else := set()

implied(found, direct) := set() if {
	# Most resources are not counted, and most plans have no modules.
	instance(found) == ""
	count(relays) == 0
} else := own_instance(found, direct) | through_modules(direct)

own_instance(found, direct) := {concat("", [address, instance(found)]) |
	some address in direct
	not indexed(address, direct)
}

references(expression) := {ref | some ref in expression.references; is_string(ref)} if {
	is_array(expression.references)
} else := {ref |
	walk(expression, [_, node])
	is_array(node.references)
	some ref in node.references
	is_string(ref)
}

# `each.value` stands for an element of what `for_each` refers to.
each_references(entry, refs) := references(object.get(entry, "for_each_expression", {})) if {
	some ref in refs
	startswith(ref, "each.")
} else := set()

# The key of a counted resource as Terraform spells it in the address, empty for a plain one.
instance(found) := trim_prefix(found.address, plain) if {
	is_string(found.change.name)
	plain := concat("", [module_prefix(found.change), found.type, ".", found.change.name])
}

indexed(address, addresses) if {
	some other in addresses
	startswith(other, concat("", [address, "["]))
}

through_modules(addresses) := {target |
	some node in graph.reachable(relays, addresses)
	some target in relays[node]
}

# What a module's inputs and outputs stand for. Instances of a counted module have keys in their addresses, which do
# not occur here: between modules only what is certain is followed.
relays := object.union(
	{node: ends |
		some [prefix, module] in levels
		some name, call in part(module, "module_calls")
		some key, expression in part(call, "expressions")
		node := concat("", [prefix, "module.", name, ".var.", key])
		ends := {concat("", [prefix, ref]) | some ref in references(expression)}
	},
	{node: ends |
		some [prefix, module] in levels
		some name, call in part(module, "module_calls")
		some key, output in part(part(call, "module"), "outputs")
		inner := concat("", [prefix, "module.", name, "."])
		node := concat("", [inner, key])
		ends := {concat("", [inner, ref]) | some ref in references(output)}
	},
)

# The configuration's resources by their address without keys.
configured := {address: entry |
	some [prefix, module] in levels
	is_array(module.resources)
	some entry in module.resources
	is_string(entry.address)
	address := concat("", [prefix, entry.address])
}

# The root module and each one on the way to a change, with the prefix that its addresses have.
levels := [[prefix, module] |
	some names in module_paths
	path := [step | some name in names; some step in ["module_calls", name, "module"]]
	module := object.get(input.configuration.root_module, path, null)
	is_object(module)
	prefix := concat("", [step | some name in names; some step in ["module.", name, "."]])
]

module_paths contains [] if is_object(input.configuration.root_module)

module_paths contains array.slice(names, 0, depth) if {
	is_object(input.configuration.root_module)
	some address in {change.module_address | some change in changes}
	names := [name | some i, name in split(bare(address), "."); i % 2 == 1]
	some depth in numbers.range(1, count(names))
}

module_prefix(change) := concat("", [change.module_address, "."]) if {
	is_string(change.module_address)
} else := ""

# An address without the keys of `count` and `for_each`.
bare(address) := address if {
	is_string(address)
	not contains(address, "[")
}

bare(address) := regex.replace(address, `\["(?:[^"\\]|\\.)*"\]|\[[0-9]+\]`, "") if {
	is_string(address)
	contains(address, "[")
}
