package aegis.ai.pii_test

request(content) := {"agent_id": "agent-001", "content": content}

denied(document) := {[found.rule, object.get(found, "count", 0)] | some found in denies} if {
	denies := data.aegis.ai.pii.deny with input as document with data.exceptions as {}
}

advised(document) := {found.rule | some found in warnings} if {
	warnings := data.aegis.ai.pii.warn with input as document with data.exceptions as {}
}

allowed(document) := verdict if {
	verdict := data.aegis.ai.pii.allow with input as document with data.exceptions as {}
}

test_plain_text_is_allowed if {
	every content in ["", "The build of 2026-11-24 took 1234567 ms on 10.0.0.1.", [], ["one", "two"]] {
		allowed(request(content))
		denied(request(content)) == set()
		advised(request(content)) == set()
	}
}

test_an_email_address_is_denied if {
	denied(request("write to ann.b+x@mail.example.co.uk, please")) == {["deny_email_address", 1]}
	denied(request("a@example.org;b@example.org")) == {["deny_email_address", 2]}
	denied(request("user@host @example.com a@b")) == set()
}

test_a_bank_account_is_denied if {
	every content in [
		"DE89370400440532013000",
		"to DE89 3704 0044 0532 0130 00 please",
		"de89 3704 0044 0532 0130 00",
		"IBANDE89370400440532013000",
		"AB12 DE89 3704 0044 0532 0130 00",
		"GB29NWBK60161331926819",
		"FR14 2004 1010 0505 0001 3M02 606 NOW",
		"BE68 5390 0754 7034 TEST",
		"NO9386011117947",
		"MT84 MALT 0110 0001 2345 MTLC AST0 01S",
	] {
		denied(request(content)) == {["deny_bank_account", 1]}
	}
}

test_what_only_looks_like_a_bank_account_passes if {
	every content in ["DE88370400440532013000", "DE8937040044053201300", "XX89370400440532013000", "ab12", "AB12CD34EF56"] {
		denied(request(content)) == set()
	}
}

test_a_card_number_is_denied if {
	every content in [
		"4111111111111111",
		"card 4111 1111 1111 1111, thanks",
		"4111-1111-1111-1111",
		"3782 822463 10005",
		"1234 4111 1111 1111 1111",
		"1234567812345678 4111111111111111",
		"é5500005555555559é",
		"4222222222222",
	] {
		denied(request(content)) == {["deny_card_number", 1]}
	}
}

test_what_only_looks_like_a_card_number_passes if {
	every content in ["4111111111111112", "411111111111", "41111111111111111111", "1111 1111 1111 1117", "0000000000000000"] {
		denied(request(content)) == set()
	}
}

test_a_social_security_number_is_denied if {
	denied(request("ssn 078-05-1120.")) == {["deny_national_number", 1]}
	every content in ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "1123-45-6789", "123-45-6789-0"] {
		denied(request(content)) == set()
	}
}

test_a_phone_number_is_pointed_out if {
	advised(request("call +49 30 1234 5678")) == {"warn_phone_number"}
	allowed(request("call +49 30 1234 5678"))
	advised(request("1 + 49 30")) == set()
}

test_every_text_of_a_list_is_read if {
	denied(request(["", "a@example.org", "4111111111111111"])) == {["deny_email_address", 1], ["deny_card_number", 1]}
}

test_a_finding_never_repeats_the_content if {
	content := "ann@example.org 4111111111111111 DE89370400440532013000 078-05-1120 +49 30 1234 5678"
	findings := data.aegis.ai.pii.finding | data.aegis.ai.pii.advice with input as request(content)
	count(findings) == 5
	every found in findings {
		every part in ["ann", "4111", "DE89", "078", "+49"] {
			not contains(json.marshal(found), part)
		}
	}
}

test_a_request_without_content_or_agent_is_unreadable if {
	every document in [
		{"agent_id": "agent-001"},
		{"content": "a@example.org"},
		request(null),
		request(7),
		request({"text": "a@example.org"}),
		request(["text", null]),
		{},
		null,
		[],
	] {
		not allowed(document)
		["deny_unreadable", 0] in denied(document)
	}
}

leave(rule) := {"index": {"aegis.ai.pii": {rule: {"agent-001": [{"id": "EXC-030", "expires_ns": 200}]}}}}

test_an_exception_lets_one_agent_until_it_ends if {
	document := request("a@example.org")
	data.aegis.ai.pii.allow with input as document with data.exceptions as leave("deny_email_address") with time.now_ns as 199
	some found in data.aegis.ai.pii.exempted with input as document
		with data.exceptions as leave("deny_email_address")
		with time.now_ns as 199
	found.exception.id == "EXC-030"
	not data.aegis.ai.pii.allow with input as document with data.exceptions as leave("deny_email_address") with time.now_ns as 200
}

test_an_exception_quiets_advice_too if {
	document := request("call +49 30 1234 5678")
	count(data.aegis.ai.pii.warn) == 0 with input as document
		with data.exceptions as leave("warn_phone_number")
		with time.now_ns as 199
}
