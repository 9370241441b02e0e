//! Colours: those of Okabe and Ito, which the colour-blind tell apart, as far as they stand out on their paper.

pub(super) use plotters::style::RGBColor;

use super::Theme;

/// The colours of a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    /// What everything is drawn on.
    pub paper: RGBColor,
    /// Text and what must be seen.
    pub ink: RGBColor,
    /// Text that explains.
    pub muted: RGBColor,
    /// Lines to read values by.
    pub grid: RGBColor,
    /// Lines and bars, the first wherever there is only one.
    pub series: [RGBColor; 4],
    /// What must not be overlooked.
    pub warning: RGBColor,
}

const LIGHT: Palette = Palette {
    paper: RGBColor(0xff, 0xff, 0xff),
    ink: RGBColor(0x1a, 0x1d, 0x21),
    muted: RGBColor(0x55, 0x5c, 0x64),
    grid: RGBColor(0xdd, 0xe1, 0xe6),
    series: [
        RGBColor(0x00, 0x72, 0xb2),
        RGBColor(0xd5, 0x5e, 0x00),
        RGBColor(0x00, 0x9e, 0x73),
        RGBColor(0xcc, 0x79, 0xa7),
    ],
    warning: RGBColor(0xa8, 0x42, 0x00),
};

const DARK: Palette = Palette {
    paper: RGBColor(0x14, 0x18, 0x1d),
    ink: RGBColor(0xf2, 0xf4, 0xf6),
    muted: RGBColor(0xb0, 0xb8, 0xc1),
    grid: RGBColor(0x36, 0x3d, 0x46),
    series: [
        RGBColor(0x56, 0xb4, 0xe9),
        RGBColor(0xe6, 0x9f, 0x00),
        RGBColor(0x00, 0x9e, 0x73),
        RGBColor(0xcc, 0x79, 0xa7),
    ],
    warning: RGBColor(0xe6, 0x9f, 0x00),
};

impl Palette {
    pub const fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// The colour of a line; there are never more lines than colours.
    pub fn line(&self, position: usize) -> RGBColor {
        self.series.get(position).copied().unwrap_or(self.ink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(RGBColor(red, green, blue): RGBColor) -> f64 {
        let linear = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(left: RGBColor, right: RGBColor) -> f64 {
        let (left, right) = (luminance(left), luminance(right));
        (left.max(right) + 0.05) / (left.min(right) + 0.05)
    }

    #[test]
    fn text_and_lines_stand_out_from_their_paper() {
        for theme in [Theme::Light, Theme::Dark] {
            let palette = Palette::of(theme);
            for text in [palette.ink, palette.muted, palette.warning] {
                assert!(contrast(text, palette.paper) >= 4.5, "{theme:?} {text:?}");
            }
            for line in palette.series {
                assert!(contrast(line, palette.paper) >= 3.0, "{theme:?} {line:?}");
            }
        }
    }
}
