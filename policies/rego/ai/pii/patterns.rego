package aegis.ai.pii

# Boundaries are found by taking the longest runs and looking at their parts, not by `\b`: the engines differ on what a
# word is beyond ASCII, and a match must not swallow the separator that the next one begins with.

email_addresses(text) := regex.find_n(`[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}`, text, -1) if {
	contains(text, "@")
} else := []

phone_numbers(text) := regex.find_n(`\+[1-9][0-9]{0,2}(?:[ .()/-]{0,2}[0-9]{2,4}){2,5}`, text, -1)

# 123-45-6789, without the numbers that are never given out.
social_security_numbers(text) := [run |
	some run in regex.find_n(`[0-9]+(?:-[0-9]+)+`, text, -1)
	regex.match(`^[0-9]{3}-[0-9]{2}-[0-9]{4}$`, run)
	not regex.match(`^(000|666|9[0-9]{2})-|-00-|-0000$`, run)
]

# ISO/IEC 7812: 13 to 19 digits with a check digit, in one run or in the groups that are printed on cards.
card_numbers(text) := {number |
	some number in array.concat(
		regex.find_n(`[0-9]+`, text, -1),
		[printed |
			some run in regex.find_n(`[0-9]+(?:[ -][0-9]+)+`, text, -1)
			some printed in printed_cards(split(replace(run, "-", " "), " "))
		],
	)
	count(number) >= 13
	count(number) <= 19
	regex.match(`^[2-6]`, number)
	check_digit_fits(number)
}

printed_cards(groups) := [concat("", window) |
	some i, _ in groups
	some lengths in [[4, 4, 4, 4], [4, 6, 5]]
	window := array.slice(groups, i, i + count(lengths))
	[count(group) | some group in window] == lengths
]

# Luhn: from the right, every second digit is doubled and loses nine when that makes two digits.
check_digit_fits(number) if {
	digits := array.reverse(regex.find_n(`[0-9]`, number, -1))
	sum([value | some i, digit in digits; value := luhn_values[i % 2][to_number(digit)]]) % 10 == 0
}

luhn_values := [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]]

# ISO 13616: country, two check digits, and as many more characters as the country has, in one run or in groups.
bank_accounts(text) := {number |
	some run in regex.find_n(`[A-Za-z0-9]+(?: [A-Za-z0-9]+)*`, text, -1)
	pieces := account_pieces(upper(replace(run, " ", "")))
	some i, piece in pieces
	whole := concat("", array.slice(pieces, i, i + 9))
	length := iban_lengths[substring(piece, 0, 2)]
	count(whole) >= length
	number := substring(whole, 0, length)
	remainder_fits(number)
}

# The run, cut before each country code with check digits. Nine pieces hold the longest number, as each has at least
# four characters.
account_pieces(run) := [piece |
	tails := regex.split(account_head, run)
	some i, head in regex.find_n(account_head, run, -1)
	piece := concat("", [head, tails[i + 1]])
]

account_head := `[A-Z]{2}[0-9]{2}`

# The first four characters go to the end, letters count from 10, and the whole is 1 modulo 97. It is far too long for a
# number, so each digit is weighed by what its place is modulo 97.
remainder_fits(number) if {
	turned := concat("", [substring(number, 4, -1), substring(number, 0, 4)])
	spelled := concat("", [iban_values[character] | some character in regex.find_n(`[A-Z0-9]`, turned, -1)])
	digits := array.reverse(regex.find_n(`[0-9]`, spelled, -1))
	sum([value | some i, digit in digits; value := to_number(digit) * place_values[i]]) % 97 == 1
}

place_values := [
	1, 10, 3, 30, 9, 90, 27, 76, 81, 34, 49, 5, 50, 15, 53, 45, 62, 38, 89, 17,
	73, 51, 25, 56, 75, 71, 31, 19, 93, 57, 85, 74, 61, 28, 86, 84, 64, 58, 95, 77,
	91, 37, 79, 14, 43, 42, 32, 29, 96, 87, 94, 67, 88, 7, 70, 21, 16, 63, 48, 92,
	47, 82, 44, 52, 35, 59, 8, 80,
]
