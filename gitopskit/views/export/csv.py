"""A noun's own table as CSV, for spreadsheets and programs (RFC 4180).

The trap that shaped it: a spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a control character for a formula, and
a formula can fetch and run (OWASP, "CSV Injection"). Names and messages come from outside, so such text gets one apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import sys
from typing import Any, Final

from gitopskit.errors import plain
from gitopskit.views.export.contents import Contents

_FORMULA: Final = tuple("=+-@\t\r\n'＝＋－＠")


def to_csv(contents: Contents) -> str:
    r"""Return all rows of the noun's own table, with a header.

    Notes
    -----
    Text is in quotation marks, numbers are not; true and false are words. Control and bidirectional characters are visible escapes, as in
    every view. Text that a spreadsheet could take for a formula, blanks before it set aside, and text that begins with an apostrophe, has
    one apostrophe before it. So a program reads back what was meant by taking one leading apostrophe away from each text.

    Examples
    --------
    >>> import csv
    >>> text = '"name","wave"\n"\'=1+1",3\n'
    >>> [cell.removeprefix("'") for cell in list(csv.reader(text.splitlines()))[1]]
    ['=1+1', '3']
    """
    frame = contents.main
    output = io.StringIO()
    writer = csv.writer(output, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow([_cell(name) for name in frame.columns])
    writer.writerows([_cell(value) for value in row] for row in frame.itertuples(index=False, name=None))
    return output.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    shown = plain(str(value), sys.maxsize - 1)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
