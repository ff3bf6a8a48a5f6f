# METADATA
# scope: package
# title: No personal data leaves with a request
# description: >-
#   Looks for personal data in the content of a request: bank accounts and cards by their check digits, national numbers
#   and e-mail addresses by their form. A finding says how many there are and never what they are.
# custom:
#   severity: high
#   controls: [GDPR-5, GDPR-32, PCI-DSS-3.4, ISO-42001-A.7.4]
#   owner: privacy
#   rules:
#     deny_unreadable:
#       title: Request that cannot be judged
#       fix: Send agent_id, and content as a text or a list of texts; a request without content sends an empty text.
#     deny_bank_account:
#       title: Bank account number in the content
#       fix: Remove the IBAN, or replace it by a reference.
#     deny_card_number:
#       title: Payment card number in the content
#       fix: Remove the number, or replace it by its last four digits.
#     deny_national_number:
#       title: US social security number in the content
#       fix: Remove the number.
#     deny_email_address:
#       title: E-mail address in the content
#       fix: Replace the address by the customer's id.
#     warn_phone_number:
#       title: Phone number in the content
#       fix: Remove the number where it is not needed.
package aegis.ai.pii

policy := "aegis.ai.pii"

default allow := false

allow if {
	readable
	count(deny) == 0
}

deny contains found if {
	some found in finding
	not data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

warn contains found if {
	some found in advice
	not data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

exempted contains object.union(found, {"exception": exception}) if {
	some found in (finding | advice)
	exception := data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

finding contains found if {
	some found in data.aegis.ai.requests.unreadable(["agent_id"])
}

finding contains data.aegis.ai.requests.unnamed("the request has no usable content") if not texts

finding contains report("deny_bank_account", "bank account numbers", found) if {
	found := {number | some text in texts; some number in bank_accounts(text)}
}

finding contains report("deny_card_number", "payment card numbers", found) if {
	found := {number | some text in texts; some number in card_numbers(text)}
}

finding contains report("deny_national_number", "US social security numbers", found) if {
	found := {number | some text in texts; some number in social_security_numbers(text)}
}

finding contains report("deny_email_address", "e-mail addresses", found) if {
	found := {address | some text in texts; some address in email_addresses(text)}
}

advice contains report("warn_phone_number", "phone numbers", found) if {
	found := {number | some text in texts; some number in phone_numbers(text)}
}

# Undefined for nothing found, so that the rules above need not ask.
report(rule, what, found) := object.union(
	data.aegis.ai.requests.finding(rule, sprintf("the content holds %v: %v", [what, count(found)])),
	{"count": count(found)},
) if {
	data.aegis.ai.requests.says("agent_id")
	count(found) > 0
}

readable if {
	data.aegis.ai.requests.says("agent_id")
	texts
}

# The content as a list of texts; undefined for anything else.
texts := [input.content] if is_string(input.content)

texts := input.content if {
	is_array(input.content)
	every text in input.content {
		is_string(text)
	}
}
