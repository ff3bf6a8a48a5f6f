# METADATA
# title: What an OPA of this environment runs
# description: |
#   Merged below the configuration that OPA was started with. It names no service, so that everything comes from and
#   goes to the one that OPA was given, and each resource keeps its name for ever: a canary or a pin moves what is
#   behind it.
package discovery

import data.discovery.settings

# METADATA
# description: The query of `discovery.decision`.
config := {
	"labels": labels,
	"keys": settings.keys,
	"bundles": {name: bundle(name, keyid) | some name, keyid in settings.bundles},
	"status": {},
	"decision_logs": {"reporting": {
		"buffer_type": "event",
		"min_delay_seconds": 5,
		"max_delay_seconds": 10,
	}},
	"nd_builtin_cache": true,
}

bundle(name, keyid) := {
	"resource": sprintf("bundles/%s?key=%s&group=%s", [name, keyid, group]),
	"persist": true,
	"polling": {
		"long_polling_timeout_seconds": 30,
		"min_delay_seconds": 1,
		"max_delay_seconds": 3,
	},
	"signing": {
		"keyid": keyid,
		"scope": "write",
	},
}

# Labels of the boot configuration win anyway; naming them here too would fill the status with complaints.
labels := {name: value | some name, value in settings.labels; not name in object.keys(boot_labels)}

# Canaries are named by a label of their boot configuration.
group := urlquery.encode(object.get(boot_labels, "group", "default"))

boot_labels := object.get(opa.runtime(), ["config", "labels"], {})
