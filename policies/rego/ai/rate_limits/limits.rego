package aegis.ai.rate_limits

# Who has more than the basic tier, and how much each tier is.
agent_tiers := {
	"agent-002": "extended",
	"agent-003": "bulk",
}

tiers := {
	"basic": {
		"requests_last_minute": 60,
		"requests_last_hour": 1000,
		"tokens_last_hour": 200000,
		"tokens_last_day": 1000000,
	},
	"extended": {
		"requests_last_minute": 300,
		"requests_last_hour": 6000,
		"tokens_last_hour": 1000000,
		"tokens_last_day": 8000000,
	},
	"bulk": {
		"requests_last_minute": 600,
		"requests_last_hour": 20000,
		"tokens_last_hour": 5000000,
		"tokens_last_day": 60000000,
	},
}
