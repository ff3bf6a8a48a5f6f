package aegis.provisioning.ec2

types := {"aws_instance", "aws_launch_template", "aws_ebs_volume"}

planned := data.aegis.provisioning.resources.planned(types)

machines := [found | some found in planned; found.type != "aws_ebs_volume"]

tokens_required(machine) if asks_for_tokens(machine)

tokens_required(machine) if {
	count(data.aegis.provisioning.resources.blocks(machine.attributes, "metadata_options")) == 0
	not data.aegis.provisioning.resources.obscured(machine, "metadata_options")
	asks_for_tokens(template_of(machine))
}

asks_for_tokens(machine) if {
	some options in data.aegis.provisioning.resources.blocks(machine.attributes, "metadata_options")
	secured(options)
}

secured(options) if options.http_tokens == "required"

secured(options) if options.http_endpoint == "disabled"

tokens_open(machine) if data.aegis.provisioning.resources.obscured(machine, "metadata_options")

tokens_open(machine) if {
	some i, options in data.aegis.provisioning.resources.blocks(machine.attributes, "metadata_options")
	marks := data.aegis.provisioning.resources.marks_of(machine.unknown, "metadata_options", i)
	data.aegis.provisioning.resources.unknown_in(options, marks, "http_tokens")
}

public(machine) if switched_on(machine.attributes.associate_public_ip_address)

public(machine) if {
	some interface in data.aegis.provisioning.resources.blocks(machine.attributes, "network_interfaces")
	switched_on(interface.associate_public_ip_address)
}

# A launch template writes its booleans as texts.
switched_on(value) if value in {true, "true"}

# The one launch template in the plan that the instance starts from: by its id or name, or by the expression's reference.
template_of(machine) := template if {
	some reference in data.aegis.provisioning.resources.blocks(machine.attributes, "launch_template")
	some template in templates
	named_by(template, reference)
} else := template if {
	referred := {found |
		targets := data.aegis.provisioning.resources.targets(machine, "launch_template")
		some found in templates
		found.address in targets
	}
	count(referred) == 1
	some template in referred
}

templates := data.aegis.provisioning.resources.standing({"aws_launch_template"})

named_by(template, reference) if {
	some key in ["id", "name"]
	is_string(reference[key])
	template.attributes[key] == reference[key]
}

# What the instance runs at its start. Terraform's older providers keep only a digest of it.
user_data(machine) := array.concat(
	[text | machine.type == "aws_instance"; text := machine.attributes.user_data; is_string(text)],
	[text | encoded := base64_data(machine); base64.is_valid(encoded); text := base64.decode(encoded)],
)

base64_data(machine) := unfolded(machine.attributes.user_data_base64) if machine.type == "aws_instance"

base64_data(machine) := unfolded(machine.attributes.user_data) if machine.type == "aws_launch_template"

# One engine reads base64 over several lines, the other does not.
unfolded(text) := replace(replace(text, "\n", ""), "\r", "") if is_string(text)

digest_only(machine) if {
	machine.type == "aws_instance"
	is_string(machine.attributes.user_data)
	regex.match(`^[0-9a-f]{40}$`, machine.attributes.user_data)
}

secrets := [
	["AWS access key", `(AKIA|ASIA)[0-9A-Z]{16}`],
	["private key", `-----BEGIN [A-Z ]*PRIVATE KEY-----`],
	["access token", `(gh[pousr]_[0-9A-Za-z]{36}|xox[abprs]-[0-9A-Za-z-]{10})`],
	["password", `(?i)(password|passwd|secret|token|api_?key)["']?[ \t]*[:=][ \t]*["']?[^ \t\r\n"'$<{(]{8}`],
]
