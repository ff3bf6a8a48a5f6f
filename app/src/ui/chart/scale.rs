//! The arithmetic of charts.

use super::Series;

/// From where to where one series reaches at a moment, above those below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// Each series on top of those before it. Where one of them is not known, no height above it is.
pub(super) fn bands(series: &[Series], count: usize) -> Vec<Vec<Option<Band>>> {
    let mut ground = vec![Some(0.0); count];
    let on_top = |one: &Series| {
        let at = |(at, below): (usize, &mut Option<f64>)| {
            let value = one.values.get(at).copied().flatten();
            let band = below.zip(value).map(|(lower, value)| Band { lower, upper: lower + value });
            *below = band.map(|band| band.upper);
            band
        };
        ground.iter_mut().enumerate().map(at).collect()
    };
    series.iter().map(on_top).collect()
}

/// What is known without a break, each with its moment.
pub(super) fn runs(band: &[Option<Band>]) -> Vec<Vec<(usize, Band)>> {
    let mut runs: Vec<Vec<(usize, Band)>> = vec![];
    let mut goes_on = false;
    for (at, here) in band.iter().enumerate() {
        match (here, runs.last_mut()) {
            (Some(band), Some(run)) if goes_on => run.push((at, *band)),
            (Some(band), _) => runs.push(vec![(at, *band)]),
            (None, _) => {}
        }
        goes_on = here.is_some();
    }
    runs
}

/// The next number above that is easy to halve and to read.
pub(super) fn nice(highest: f64) -> f64 {
    if highest <= 0.0 || !highest.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(highest.log10().floor());
    // A whole power of ten may come out a little below itself.
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= highest * 0.999_999).unwrap_or(10.0 * power)
}

/// With as many digits as are of use, and no more.
pub(super) fn number(value: f64) -> String {
    let digits = if value.abs() < 1.0 { 2 } else { 1 };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Band, Series, bands, nice, number, runs};

    fn series(values: &[Option<f64>]) -> Series {
        Series { name: "a", tone: "accent", values: values.to_vec() }
    }

    #[test]
    fn series_stand_on_those_before_and_on_nothing_unknown() {
        let drawn = bands(&[series(&[Some(1.0), None]), series(&[Some(2.0), Some(2.0)])], 2);
        assert_eq!(drawn[0], [Some(Band { lower: 0.0, upper: 1.0 }), None]);
        assert_eq!(drawn[1], [Some(Band { lower: 1.0, upper: 3.0 }), None]);
    }

    #[test]
    fn a_run_ends_where_nothing_is_known() {
        let band = Band { lower: 0.0, upper: 1.0 };
        let lengths: Vec<_> =
            runs(&[Some(band), Some(band), None, None, Some(band)]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [2, 1]);
    }

    #[test]
    fn the_top_is_a_number_that_is_easy_to_read() {
        for (highest, top) in
            [(0.0, 1.0), (0.7, 1.0), (5.0, 5.0), (7.2, 10.0), (20.0, 20.0), (21.0, 25.0), (1000.0, 1000.0)]
        {
            assert!((nice(highest) - top).abs() < 1e-9, "{highest}: {}", nice(highest));
        }
    }

    #[test]
    fn numbers_have_no_more_digits_than_are_of_use() {
        assert_eq!([2.44, 7.0, 0.0, -0.001, 0.254, 100.0].map(number), ["2.4", "7", "0", "0", "0.25", "100"]);
    }
}
