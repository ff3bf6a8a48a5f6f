# METADATA
# scope: package
# title: Exceptions in force
# description: >-
#   Finds the exception that covers a finding now: in the portal's index and patterns, or in a plain list such as
#   exceptions.yaml. Without any, nothing is covered and every deny stands.
# custom:
#   library: true
#   owner: policy-platform
package aegis.ai.exceptions

# METADATA
# description: The first exception in force for this policy, rule and finding; undefined when there is none.
covering(policy, rule, finding) := exception if {
	named := object.get(index, [policy, rule], {})
	is_object(named)
	exception := [e |
		some name in names(finding)
		entries := object.get(named, name, [])
		is_array(entries)
		some e in entries
		current(e)
	][0]
} else := exception if {
	entries := object.get(patterns, [policy, rule], [])
	is_array(entries)
	exception := [e |
		some e in entries
		current(e)
		is_string(e.glob)
		some name in names(finding)
		glob.match(e.glob, null, name)
	][0]
} else := exception if {
	name := [n | some n in names(finding); [policy, rule, n] in listed][0]
	exception := [e | some e in in_force; e.resource == name; e.rule == rule; e.policy == policy][0]
}

# An exception may name a finding by its address or by the resource's own name; a pattern is tried on each.
names(finding) := [name | some key in ["address", "name", "id"]; name := finding[key]; is_string(name)]

# Types first: Rego orders every number before every string, so a quoted end would never come.
current(e) if {
	is_number(e.expires_ns)
	time.now_ns() < e.expires_ns
	starts := object.get(e, "starts_ns", 0)
	is_number(starts)
	starts <= time.now_ns()
}

# The portal's shape, read only where it is the shape agreed on: the engines answer differently for others.
index := data.exceptions.index if is_object(data.exceptions.index)

patterns := data.exceptions.patterns if is_object(data.exceptions.patterns)

# Computed once a query, so that a long list is walked once and not once for each finding.
listed := {[e.policy, e.rule, e.resource] | some e in in_force}

in_force := [e |
	some e in list
	is_object(e)
	time.now_ns() < instant(e.expires)
	begun(e)
]

begun(e) if not "starts" in object.keys(e)

begun(e) if instant(e.starts) <= time.now_ns()

# A file given by its name lands at data.exceptions, the same file in a folder one level below.
list := data.exceptions if is_array(data.exceptions)

list := data.exceptions.exceptions if is_array(data.exceptions.exceptions)

# A bare date is that day's first instant, UTC; a full timestamp its own. The shapes are spelled out, days of the
# month and leap years included, because the engines' parsers differ at the edges and a date that does not parse is
# an error in one of them. What does not fit covers nothing.
instant(text) := time.parse_rfc3339_ns(concat("", [text, "T00:00:00Z"])) if {
	is_string(text)
	count(text) == 10
	day(text)
}

instant(text) := time.parse_rfc3339_ns(text) if {
	is_string(text)
	day(text)
	regex.match(time_of_day, substring(text, 10, -1))
}

day(text) if regex.match(common_day, text)

day(text) if regex.match(leap_day, text)

common_day := concat("", [
	`^(19[7-9]|2[01][0-9])[0-9]-(`,
	`(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|`,
	`(0[469]|11)-(0[1-9]|[12][0-9]|30)|`,
	`02-(0[1-9]|1[0-9]|2[0-8]))`,
])

leap_day := `^(19(72|76|80|84|88|92|96)|20([02468][048]|[13579][26])|21([02468][48]|[13579][26]|[2468]0))-02-29`

time_of_day := concat("", [
	`^T([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,9})?`,
	`(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`,
])
