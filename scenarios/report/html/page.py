"""Pages: self-contained HTML files with a report, a plot and a table.

A page consists of a report, a script, a style and data. Names in them may come from other people's
files, so three things keep them harmless. The content security policy in the head allows the script
and the style by their hashes and nothing else. The data are JSON in which no name can end the
element. The script writes names as text, never as markup.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import Any

from scenarios.report.document import Report
from scenarios.report.html.frame import page_head, page_style, stamp_html
from scenarios.report.html.said import remark_html, section_html
from scenarios.report.html.script_bundle import page_script

__all__ = ["PLOT", "TABLE", "Page", "data_element"]

HEIGHT = 1100
"""Height of a page in a notebook [pixel]."""


@dataclass(frozen=True)
class Page:
    """The contents of a page.

    Attributes:
        report: the title, sections, remarks and stamp.
        lead: sentence in large type under the title.
        data: what the script draws, by name. `columns` describe the values of a point, and
            `points` are rows of them, with `names` and `commands`. `bounds` are upper bounds
            between points, `references` published models, and `swings` the bars of a sensitivity
            analysis. `x` is the key of the column across at first. `depth` is the column that
            decides how full a point is drawn, and `group` the one that splits the small plots.
            `chosen` is the index of the point shown at first, and `marked` that of a point drawn
            in another colour. `diagonal` holds the ends of the line on which the values of both
            axes are equal. Whatever a page lacks is None, empty or left out.
        caption: what the plot shows at first.
        chips: facts in short beside the lead, such as the budget; pairs of a name and a value.
        table: heading of the table.
    """

    report: Report
    lead: str
    data: dict[str, Any]
    caption: str
    table: str = "All plans"
    chips: tuple[tuple[str, str], ...] = ()

    def _repr_html_(self) -> str:
        """The page for a notebook, in a frame that keeps its own policy."""
        page = escape(self.html())
        return (
            f'<iframe srcdoc="{page}" sandbox="allow-scripts" width="100%" height="{HEIGHT}" '
            'frameborder="0"></iframe>'
        )

    def html(self) -> str:
        """The text of the page.

        Raises:
            ValueError: if the data contain NaN or Infinity.
        """
        style, script = page_style(), page_script()
        report, group = self.report, self.data.get("group")
        swings = SWINGS if self.data["swings"] else ""
        return "".join(
            (
                page_head(report.title, style, script),
                f'<p class="lead">{escape(self.lead)}</p>\n',
                _chips(self.chips),
                *map(remark_html, report.remarks),
                PLOT.replace("CAPTION", escape(self.caption)),
                FLAT if self.data.get("flat") else "",
                swings,
                *(section_html(x, self.lead) for x in report.shown_in("html")),
                MULTIPLES.replace("GROUP", escape(group)) if group else "",
                TABLE.replace("HEADING", escape(self.table)),
                stamp_html(report),
                data_element(self.data),
                f"<script>{script}</script>\n</body>\n</html>\n",
            )
        )


PLOT = """<noscript><p class="warning">The plot and the table need scripts.</p></noscript>
<div class="controls">
<button type="button" id="first">score over cost</button>
<button type="button" id="compute">tokens over parameters</button>
<label>across <select id="x"></select></label>
<label>up <select id="y"></select></label>
<label><input type="checkbox" id="log" checked> logarithmic</label>
<label><input type="checkbox" id="references" checked> published models</label>
</div>
<div class="split">
<figure><svg id="plot" role="application" tabindex="0"
 aria-label="Plot of the plans: arrow keys go from plan to plan"></svg>
<div class="tip" id="tip" hidden></div><figcaption id="caption">CAPTION</figcaption>
<div class="controls"><button type="button" id="svg">plot as SVG</button>
<button type="button" id="csv">table as CSV</button></div></figure>
<div class="detail" id="detail" aria-live="polite"></div>
</div>
"""
FLAT = """<h2>How flat the optimum is</h2>
<figure><svg id="flat" role="img" aria-label="Best score by number of layers"></svg>
<figcaption>The best score with some numbers of layers, all else free, each proved; orange: the
plan. Numbers between them may do better or worse: layouts must divide the layers.</figcaption>
</figure>
"""
SWINGS = """<h2>What each limit does to the score</h2>
<figure><svg id="tornado" role="img" aria-label="Change of the score with each limit"></svg>
<figcaption>Proven re-solves with each limit 10 % looser (blue) and 10 % tighter (orange); the
upright stroke is what its shadow price foretells for 10 % looser.</figcaption></figure>
"""
MULTIPLES = """<h2>By GROUP</h2>
<div class="multiples" id="multiples"></div>
"""
TABLE = """<div class="plans"><h2>HEADING</h2>
<div class="controls"><label>filter <input type="search" id="filter"
 placeholder="60 4096, score&gt;70, tokens&lt;5T"></label>
<span class="soft" id="count"></span></div>
<div class="scroll" tabindex="0"><table><thead id="head"></thead><tbody id="rows"></tbody></table>
</div></div>
"""


def _chips(chips: tuple[tuple[str, str], ...]) -> str:
    if not chips:
        return ""
    items = (f"<li><b>{escape(name)}</b> {escape(value)}</li>" for name, value in chips)
    return f'<ul class="chips">{"".join(items)}</ul>\n'


def data_element(data: dict[str, Any]) -> str:
    """Data for a page's script, as JSON in which no text can end the element or begin a tag.

    Args:
        data: the data.

    Raises:
        ValueError: if they contain NaN or Infinity.
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="data">{text}</script>\n'
