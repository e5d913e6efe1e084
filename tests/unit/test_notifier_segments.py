import pytest

from notifier.segments import Alphabet, size

GSM, UCS = Alphabet.GSM7, Alphabet.UCS2


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "segments"),
    [
        pytest.param("", GSM, 0, 1, id="nothing is still one message"),
        pytest.param("a" * 160, GSM, 160, 1, id="160 fit into one"),
        pytest.param("a" * 161, GSM, 161, 2, id="161 do not"),
        pytest.param("a" * 306, GSM, 306, 2, id="two parts hold 153 each"),
        pytest.param("a" * 307, GSM, 307, 3, id="307 take three"),
        pytest.param("é£Ω@\n", GSM, 5, 1, id="the small alphabet has more than English"),
        pytest.param("[€]", GSM, 6, 1, id="brackets and the euro take two places each"),
        pytest.param("[" * 80, GSM, 160, 1, id="80 brackets fill one"),
        pytest.param("[" * 81, GSM, 162, 2, id="81 do not fit"),
        pytest.param("a" * 152 + "[" + "a" * 152, GSM, 306, 3, id="an escape is never torn apart"),
        pytest.param("浙" * 70, UCS, 70, 1, id="70 characters of the large alphabet fit into one"),
        pytest.param("浙" * 71, UCS, 71, 2, id="71 do not"),
        pytest.param("浙" * 134, UCS, 134, 2, id="two parts hold 67 each"),
        pytest.param("浙" * 135, UCS, 135, 3, id="135 take three"),
        pytest.param("a" * 69 + "浙", UCS, 70, 1, id="one Chinese character makes all of it large"),
        pytest.param("🚗" * 35, UCS, 70, 1, id="an emoji takes two units"),
        pytest.param("浙" * 66 + "🚗" + "浙" * 66, UCS, 134, 3, id="an emoji is never torn apart"),
        pytest.param("`", UCS, 1, 1, id="a back quote is not in the small alphabet"),
    ],
)
def test_a_text_takes_as_many_sms_as_the_standard_says(text, alphabet, units, segments):
    counted = size(text)
    assert (counted.alphabet, counted.units, counted.segments) == (alphabet, units, segments)
