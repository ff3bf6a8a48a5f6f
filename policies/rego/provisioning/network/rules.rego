package aegis.provisioning.network

types := ((groups | acls) | listeners) | {
	"aws_security_group_rule",
	"aws_vpc_security_group_ingress_rule",
	"aws_network_acl_rule",
	"aws_subnet",
}

groups := {"aws_security_group", "aws_default_security_group"}

acls := {"aws_network_acl", "aws_default_network_acl"}

listeners := {"aws_lb_listener", "aws_alb_listener"}

planned := data.aegis.provisioning.resources.planned(types)

# Every rule that lets something in, in one shape, with the resource that holds it: `sources` are address ranges, null
# for one that only the apply tells; `from` and `to` are ports, null for any.
group_rules := array.concat(inline_group_rules, array.concat(separate_group_rules, single_source_rules))

inline_group_rules := [[holder, rule] |
	some holder in planned
	holder.type in groups
	some i, block in data.aegis.provisioning.resources.blocks(holder.attributes, "ingress")
	marks := data.aegis.provisioning.resources.marks_of(holder.unknown, "ingress", i)
	rule := rule_of(block, marks, "protocol", sources(block, marks, ["cidr_blocks", "ipv6_cidr_blocks"]))
]

separate_group_rules := [[holder, rule] |
	some holder in planned
	holder.type == "aws_security_group_rule"
	object.get(holder.attributes, "type", null) != "egress"
	ranges := sources(holder.attributes, holder.unknown, ["cidr_blocks", "ipv6_cidr_blocks"])
	rule := rule_of(holder.attributes, holder.unknown, "protocol", ranges)
]

single_source_rules := [[holder, rule] |
	some holder in planned
	holder.type == "aws_vpc_security_group_ingress_rule"
	ranges := sources(holder.attributes, holder.unknown, ["cidr_ipv4", "cidr_ipv6"])
	rule := rule_of(holder.attributes, holder.unknown, "ip_protocol", ranges)
]

acl_rules := array.concat(
	[[holder, rule] |
		some holder in planned
		holder.type in acls
		some i, block in data.aegis.provisioning.resources.blocks(holder.attributes, "ingress")
		not refuses(block, "action")
		marks := data.aegis.provisioning.resources.marks_of(holder.unknown, "ingress", i)
		rule := rule_of(block, marks, "protocol", sources(block, marks, ["cidr_block", "ipv6_cidr_block"]))
	],
	[[holder, rule] |
		some holder in planned
		holder.type == "aws_network_acl_rule"
		not refuses(holder.attributes, "rule_action")
		object.get(holder.attributes, "egress", false) != true
		ranges := sources(holder.attributes, holder.unknown, ["cidr_block", "ipv6_cidr_block"])
		rule := rule_of(holder.attributes, holder.unknown, "protocol", ranges)
	],
)

refuses(block, key) if block[key] == "deny"

rule_of(block, marks, protocol_key, ranges) := {
	"sources": ranges,
	"protocol": protocol(block, marks, protocol_key),
	"from": port(block, "from_port"),
	"to": port(block, "to_port"),
}

sources(block, marks, keys) := [range |
	some key in keys
	some range in ranges_at(block, marks, key)
]

ranges_at(block, marks, key) := [null] if {
	data.aegis.provisioning.resources.unknown_in(block, marks, key)
} else := block[key] if {
	is_array(block[key])
} else := [block[key]] if {
	is_string(block[key])
} else := []

# What is not known may be anything.
protocol(block, _, key) := block[key] if {
	is_string(block[key])
} else := "-1"

port(block, key) := block[key] if {
	is_number(block[key])
} else := null

# A range without a prefix is every address, however the address is spelled.
open_to_the_world(rule) if {
	some range in rule.sources
	is_string(range)
	endswith(range, "/0")
}

unsettled(rule) if {
	null in rule.sources
	count(reaches(rule)) > 0
}

# The guarded part of what a rule lets through, in words.
reaches(rule) := ["all ports"] if {
	every_port(rule)
} else := [sprintf("port %v (%v)", [number, guarded_ports[number]]) | some number in guarded_ports_in(rule)]

every_port(rule) if rule.protocol in {"-1", "all"}

every_port(rule) if {
	rule.protocol in carriers
	rule.from == null
}

every_port(rule) if {
	rule.protocol in carriers
	rule.from <= 1
	rule.to >= 65535
}

guarded_ports_in(rule) := [number |
	rule.protocol in carriers
	is_number(rule.from)
	some number, _ in guarded_ports
	rule.from <= number
	number <= upper_end(rule)
]

upper_end(rule) := rule.to if {
	is_number(rule.to)
} else := 65535

# The protocols that have ports, by the names and the numbers that AWS takes.
carriers := {"tcp", "udp", "6", "17"}

guarded_ports := {
	20: "FTP", 21: "FTP", 22: "SSH", 23: "Telnet", 135: "RPC", 139: "NetBIOS", 445: "SMB", 1433: "SQL Server",
	1521: "Oracle", 2375: "Docker", 2376: "Docker", 2379: "etcd", 3306: "MySQL", 3389: "RDP", 5432: "PostgreSQL",
	5601: "Kibana", 5900: "VNC", 5985: "WinRM", 5986: "WinRM", 6379: "Redis", 6443: "Kubernetes", 9200: "Elasticsearch",
	10250: "Kubelet", 11211: "Memcached", 27017: "MongoDB",
}

# Groups and ACLs whose rules stand in resources of their own; inline rules beside them would be overwritten.
supplied := {address |
	some rule in data.aegis.provisioning.resources.standing({
		"aws_security_group_rule",
		"aws_vpc_security_group_ingress_rule",
		"aws_vpc_security_group_egress_rule",
		"aws_network_acl_rule",
	})
	some key in ["security_group_id", "network_acl_id"]
	some address in data.aegis.provisioning.resources.targets(rule, key)
}

# Without a protocol, a listener that has a port speaks HTTP; one without a port belongs to a gateway load balancer.
plaintext(listener) if listener.attributes.protocol == "HTTP"

plaintext(listener) if {
	object.get(listener.attributes, "protocol", null) == null
	not data.aegis.provisioning.resources.obscured(listener, "protocol")
	object.get(listener.attributes, "port", null) != null
}

redirects(listener) if {
	actions := data.aegis.provisioning.resources.blocks(listener.attributes, "default_action")
	count(actions) > 0
	every action in actions {
		some redirect in data.aegis.provisioning.resources.blocks(action, "redirect")
		redirect.protocol == "HTTPS"
	}
}
