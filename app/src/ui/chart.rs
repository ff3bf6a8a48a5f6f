use leptos::prelude::*;

mod scale;

use scale::{Band, bands, nice, number, runs};

/// One thing that is drawn over time: its name, its tone, and a value a moment. Where there is none, nothing is
/// known of that moment, which is not the same as nothing having happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: &'static str,
    pub tone: &'static str,
    pub values: Vec<Option<f64>>,
}

/// A line across the whole chart: what is beyond it is too much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    pub name: &'static str,
    pub tone: &'static str,
    pub at: f64,
}

/// How the values are drawn; several series lie on top of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drawn {
    #[default]
    Area,
    Bars,
}

/// Numbers over time, drawn by the server, and the same numbers as a table.
///
/// Our own, and small: the libraries that draw SVG on a server (`plotters`, `charming`, `poloto`) write colours or a
/// style sheet into it, which neither follow the reader's theme nor pass a policy that forbids inline styles. Here
/// numbers are attributes, tones are names, and the style sheet does the rest. The SVG is stretched to its place; words
/// stand beside it, so that they stay legible on a narrow screen.
#[component]
pub fn Chart(
    /// What it shows, in a sentence, for those who do not see it.
    #[prop(into)]
    label: String,
    /// The moments, as the axis and the table tell them.
    moments: Vec<String>,
    series: Vec<Series>,
    #[prop(optional)] thresholds: Vec<Threshold>,
    #[prop(optional)] drawn: Drawn,
    /// What stands after each number, such as `%`.
    #[prop(optional)]
    unit: &'static str,
    /// For a chart beside others.
    #[prop(optional)]
    low: bool,
) -> impl IntoView {
    let count = moments.len();
    let bands = bands(&series, count);
    let highest = bands.iter().flatten().flatten().map(|band| band.upper);
    let top = nice(highest.chain(thresholds.iter().map(|line| line.at)).fold(0.0, f64::max));
    let missing: Vec<usize> = (0..count)
        .filter(|&at| series.iter().any(|one| one.values.get(at).copied().flatten().is_none()))
        .collect();
    let place = Place { count, top, drawn };
    let legend = legend(&series, &thresholds, !missing.is_empty());
    let marks: Vec<_> = series.iter().zip(&bands).map(|(one, band)| marks(place, one.tone, band)).collect();
    let lines: Vec<_> = thresholds
        .iter()
        .map(|line| {
            let y = number(place.y(line.at));
            view! { <line class="threshold" data-tone=line.tone x1="0" x2="100" y1=y.clone() y2=y></line> }
        })
        .collect();
    let gaps: Vec<_> = missing
        .iter()
        .map(|&at| {
            let (from, to) = place.slot(at);
            view! { <rect class="gap" x=number(from) y="0" width=number(to - from) height="100"></rect> }
        })
        .collect();
    let ticks: Vec<_> = ticks(&moments).into_iter().map(tick).collect();
    let said = label.clone();
    view! {
        <figure class="chart" class:low=low>
            <figcaption>{legend}</figcaption>
            <div class="y" aria-hidden="true">
                <span>{told(top, unit)}</span>
                <span>{told(top / 2.0, "")}</span>
                <span>"0"</span>
            </div>
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label>
                <path class="grid" d="M0 0H100M0 50H100M0 100H100"></path>
                {gaps}
                {marks}
                {lines}
            </svg>
            <div class="x" aria-hidden="true">{ticks}</div>
            <Numbers label=said moments series unit/>
        </figure>
    }
}

/// A line in a row of text: how something went, without its numbers.
#[component]
pub fn Spark(
    #[prop(into)] label: String,
    values: Vec<Option<f64>>,
    #[prop(optional_no_strip, into)] tone: Option<&'static str>,
) -> impl IntoView {
    let count = values.len();
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    let place = Place { count, top: if top > 0.0 { top } else { 1.0 }, drawn: Drawn::Area };
    let series = [Series { name: "", tone: "", values }];
    let line = place.line(&bands(&series, count)[0]);
    view! {
        <svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label data-tone=tone>
            <path d=line></path>
        </svg>
    }
}

/// Where a value stands in the square of 100 by 100 that is drawn in.
#[derive(Debug, Clone, Copy)]
struct Place {
    count: usize,
    top: f64,
    drawn: Drawn,
}

impl Place {
    fn y(self, value: f64) -> f64 {
        100.0 - 100.0 * value / self.top
    }

    /// From where to where a moment reaches.
    fn slot(self, at: usize) -> (f64, f64) {
        let (at, width) = (at as f64, 100.0 / self.count.max(1) as f64);
        (at * width, (at + 1.0) * width)
    }

    /// The middle of a moment.
    fn x(self, at: usize) -> f64 {
        let (from, to) = self.slot(at);
        (from + to) / 2.0
    }

    /// A line over what is known; it breaks where something is not.
    fn line(self, band: &[Option<Band>]) -> String {
        let run = |run: Vec<(usize, Band)>| {
            let mut path = self.along(run.iter().map(|(at, band)| (*at, band.upper)), 'M');
            // A moment between two gaps is a dot.
            if run.len() == 1 {
                path.push_str("h0");
            }
            path
        };
        runs(band).into_iter().map(run).collect()
    }

    /// The ground below the line, down to what lies below.
    fn ground(self, band: &[Option<Band>]) -> String {
        let run = |run: Vec<(usize, Band)>| {
            let there = self.along(run.iter().map(|(at, band)| (*at, band.upper)), 'M');
            let back = self.along(run.iter().rev().map(|(at, band)| (*at, band.lower)), 'L');
            format!("{there}{back}Z")
        };
        runs(band).into_iter().map(run).collect()
    }

    fn along(self, points: impl Iterator<Item = (usize, f64)>, first: char) -> String {
        let step = |(nth, (at, value)): (usize, (usize, f64))| {
            let letter = if nth == 0 { first } else { 'L' };
            format!("{letter}{} {}", number(self.x(at)), number(self.y(value)))
        };
        points.enumerate().map(step).collect()
    }
}

fn marks(place: Place, tone: &'static str, band: &[Option<Band>]) -> AnyView {
    match place.drawn {
        Drawn::Area => view! {
            <g data-tone=tone>
                <path class="area" d=place.ground(band)></path>
                <path class="line" d=place.line(band)></path>
            </g>
        }
        .into_any(),
        Drawn::Bars => {
            let bar = |(at, band): (usize, Band)| {
                let (from, to) = place.slot(at);
                let inset = (to - from) * 0.12;
                let (x, width) = (number(from + inset), number(to - from - 2.0 * inset));
                let (y, height) =
                    (number(place.y(band.upper)), number(place.y(band.lower) - place.y(band.upper)));
                view! { <rect x=x y=y width=width height=height></rect> }
            };
            let known = runs(band).into_iter().flatten();
            view! { <g data-tone=tone>{known.map(bar).collect_view()}</g> }.into_any()
        }
    }
}

fn legend(series: &[Series], thresholds: &[Threshold], gaps: bool) -> AnyView {
    let one = |class: &'static str, tone: &'static str, name: &'static str| {
        view! { <span><i class=class data-tone=tone></i>{name}</span> }
    };
    let drawn: Vec<_> = series.iter().map(|series| one("swatch", series.tone, series.name)).collect();
    let lines: Vec<_> = thresholds.iter().map(|line| one("swatch dashed", line.tone, line.name)).collect();
    let gaps = gaps.then(|| one("swatch hollow", "quiet", "Nothing known"));
    view! { <span class="legend">{drawn}{lines}{gaps}</span> }.into_any()
}

/// Up to five moments below the chart; on a narrow screen the first, the middle and the last.
fn ticks(moments: &[String]) -> Vec<(String, bool)> {
    let last = moments.len().saturating_sub(1);
    let mut chosen: Vec<usize> = (0..5).map(|quarter| quarter * last / 4).collect();
    chosen.dedup();
    let needed = |nth: usize| chosen.len() < 4 || nth.is_multiple_of(2);
    let tick = |(nth, &at): (usize, &usize)| Some((moments.get(at)?.clone(), needed(nth)));
    chosen.iter().enumerate().filter_map(tick).collect()
}

fn tick((word, needed): (String, bool)) -> impl IntoView {
    view! { <span class=(!needed).then_some("only-wide")>{word}</span> }
}

/// The same numbers, to be read.
#[component]
fn Numbers(label: String, moments: Vec<String>, series: Vec<Series>, unit: &'static str) -> impl IntoView {
    let heads: Vec<_> =
        series.iter().map(|one| view! { <th scope="col" class="end">{one.name}</th> }).collect();
    let rows: Vec<_> = moments
        .into_iter()
        .enumerate()
        .map(|(at, moment)| {
            let cell = |one: &Series| {
                let value = one.values.get(at).copied().flatten();
                let word = value.map_or("nothing known".to_owned(), |value| told(value, unit));
                view! { <td class="end num">{word}</td> }
            };
            view! { <tr><th scope="row">{moment}</th>{series.iter().map(cell).collect_view()}</tr> }
        })
        .collect();
    let said = label.clone();
    view! {
        <details class="numbers">
            <summary>"As a table"</summary>
            <div class="table-scroll" role="region" aria-label=said tabindex="0">
                <table class="data-table">
                    <caption class="visually-hidden">{label}</caption>
                    <thead><tr><th scope="col">"When"</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

/// A number as people read it, with its unit.
fn told(value: f64, unit: &str) -> String {
    let number = number(value);
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::prelude::*;

    use super::{Chart, Drawn, Series, Threshold};

    fn rate(values: &[Option<f64>]) -> Vec<Series> {
        vec![Series { name: "Deny rate", tone: "accent", values: values.to_vec() }]
    }

    fn moments(count: usize) -> Vec<String> {
        (0..count).map(|hour| format!("{hour:02}:00")).collect()
    }

    fn written(series: Vec<Series>, drawn: Drawn) -> String {
        let count = series[0].values.len();
        let thresholds = vec![Threshold { name: "Alert above 5 %", tone: "caution", at: 5.0 }];
        let html = Owner::new().with(|| {
            view! { <Chart label="Deny rate" moments=moments(count) series thresholds drawn unit="%"/> }
                .to_html()
        });
        html.replace("<!>", "")
    }

    #[test]
    fn a_gap_breaks_the_line_and_is_drawn_and_told_as_one() {
        let html = written(rate(&[Some(2.0), Some(4.0), None, Some(1.0)]), Drawn::Area);
        let line = html.split(r#"" class="line""#).next().and_then(|rest| rest.rsplit('"').next());
        assert_eq!(line, Some("M12.5 60L37.5 20M87.5 80h0"), "{html}");
        assert_eq!(html.matches(r#"class="gap""#).count(), 1, "{html}");
        assert!(html.contains("Nothing known") && html.contains("nothing known"), "{html}");
    }

    #[test]
    fn without_a_gap_none_is_told() {
        let html = written(rate(&[Some(2.0), Some(4.0)]), Drawn::Area);
        assert!(!html.contains("gap") && !html.contains("nothing known"), "{html}");
    }

    #[test]
    fn every_number_stands_in_the_table_too() {
        let html = written(rate(&[Some(2.4), Some(7.0), Some(0.0)]), Drawn::Bars);
        for row in ["00:00</th><td class=\"end num\">2.4 %", "01:00</th><td class=\"end num\">7 %"] {
            assert!(html.contains(row), "{row} is missing in {html}");
        }
        assert_eq!(html.matches("<rect").count(), 3, "{html}");
    }

    #[test]
    fn nothing_in_it_is_a_style_or_a_colour() {
        let html = written(rate(&[Some(2.4), None]), Drawn::Area);
        assert!(!html.contains("style") && !html.contains('#') && !html.contains("fill="), "{html}");
    }

    #[test]
    fn a_chart_of_nothing_is_a_chart() {
        let html = written(rate(&[]), Drawn::Area);
        assert!(html.contains("<svg"), "{html}");
    }
}
