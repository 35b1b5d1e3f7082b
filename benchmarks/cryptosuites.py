"""One credential of 1.7 kB in every form, beside the raw primitive and the npm libraries, in one run.

    python benchmarks/cryptosuites.py [--json]

Every operation starts from text and ends with text or a verified document: strict decoding is inside, and
contexts are warm on all sides. Raw is what nobody can leave out: parse, one SHA-256, and the signatures
themselves, by the same libraries as ours. The npm libraries run in a Node process that measures its own CPU
time, before and after ours, of which the quicker counts; they are left out where
`npm ci --prefix tests/interop` was not run.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.forms import embedded, enveloped, subject
from benchmarks.harness import Ratio, measure, report

# Work, what it stands on, and the bar where there is one.
BARS = [
    Ratio("eddsa-jcs-2022 verify", "raw ed25519 verify", at_most=1.3),
    Ratio("eddsa-jcs-2022 verify, indented", "raw ed25519 verify"),
    Ratio("eddsa-jcs-2022 sign", "raw ed25519 sign", at_most=1.6),
    Ratio("eddsa-rdfc-2022 verify", "raw ed25519 verify", at_most=2.8),
    Ratio("eddsa-rdfc-2022 sign", "raw ed25519 sign", at_most=4.7),
    *(
        Ratio(f"{name} {verb}", f"raw p256 {verb}")
        for name in ("ecdsa-jcs-2019", "ecdsa-rdfc-2019")
        for verb in ("verify", "sign")
    ),
    Ratio("ecdsa-sd-2023 issue", "ecdsa-sd-2023 issue, raw"),
    Ratio("ecdsa-sd-2023 verify", "ecdsa-sd-2023 verify, raw"),
    *(Ratio(f"bbs-2023 {verb}", f"bbs-2023 {verb}, raw") for verb in ("issue", "derive", "verify")),
    *(
        Ratio(f"{name} {verb}", f"raw {verb}")
        for name in ("vc+jwt", "vc+sd-jwt", "vc+cose")
        for verb in ("sign", "verify")
    ),
    Ratio("eddsa-rdfc-2022 verify, by PyLD", "eddsa-rdfc-2022 verify"),
]


def main() -> int:
    npm = [subject.by_npm()]
    figures = measure(embedded.plain() | enveloped.signed() | enveloped.disclosed() | enveloped.raw())
    figures |= measure(embedded.ecdsa_sd() | embedded.bbs_2023(), rounds=15)
    npm.append(subject.by_npm())
    ratios = [*BARS]
    for name in npm[0] or ():
        figures[f"{name}, npm"] = min(found[name] for found in npm if found)
        ratios.append(Ratio(f"{name}, npm", name))
    title = f"one credential of {len(subject.TEXT)} bytes in every form"
    return report(title, figures, ratios)


if __name__ == "__main__":
    sys.exit(main())
