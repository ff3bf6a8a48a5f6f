package aegis.provisioning.ec2

# Every volume with the resource that declares it: encrypted, plain, or unknown until the apply.
volumes := array.concat(
	array.concat(separate_volumes, instance_volumes),
	array.concat(template_volumes, root_volumes),
)

separate_volumes := [[volume, "its data", separate_state(volume)] |
	some volume in planned
	volume.type == "aws_ebs_volume"
]

instance_volumes := [[machine, device(block), state(block, marks)] |
	some machine in planned
	machine.type == "aws_instance"
	some key in ["root_block_device", "ebs_block_device"]
	some i, block in data.aegis.provisioning.resources.blocks(machine.attributes, key)
	marks := data.aegis.provisioning.resources.marks_of(machine.unknown, key, i)
]

template_volumes := [[template, device(mapping), state(ebs, marks)] |
	some template in planned
	template.type == "aws_launch_template"
	some i, mapping in data.aegis.provisioning.resources.blocks(template.attributes, "block_device_mappings")
	some j, ebs in data.aegis.provisioning.resources.blocks(mapping, "ebs")
	outer := data.aegis.provisioning.resources.marks_of(template.unknown, "block_device_mappings", i)
	marks := data.aegis.provisioning.resources.marks_of(outer, "ebs", j)
]

# An instance that does not say how its root volume is made gets what the image holds, which is seldom encrypted.
root_volumes := [[machine, "its root volume", root_state(machine)] |
	some machine in planned
	machine.type == "aws_instance"
	count(data.aegis.provisioning.resources.blocks(machine.attributes, "root_block_device")) == 0
	not encrypted_by_template(machine)
]

encrypted_by_template(machine) if {
	template := template_of(machine)
	drives := [ebs |
		some mapping in data.aegis.provisioning.resources.blocks(template.attributes, "block_device_mappings")
		some ebs in data.aegis.provisioning.resources.blocks(mapping, "ebs")
	]
	count(drives) > 0
	every ebs in drives {
		switched_on(ebs.encrypted)
	}
}

separate_state(volume) := "encrypted" if {
	switched_on(volume.attributes.encrypted)
} else := "unknown" if {
	data.aegis.provisioning.resources.obscured(volume, "encrypted")
} else := "plain"

state(block, marks) := "encrypted" if {
	switched_on(block.encrypted)
} else := "unknown" if {
	data.aegis.provisioning.resources.unknown_in(block, marks, "encrypted")
} else := "plain"

root_state(machine) := "unknown" if {
	data.aegis.provisioning.resources.obscured(machine, "root_block_device")
} else := "plain"

device(block) := sprintf("volume %v", [block.device_name]) if {
	is_string(block.device_name)
} else := "its root volume"
