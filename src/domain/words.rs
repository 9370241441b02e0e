//! Closed lists of words, declared once: for files, for the database and for both transports.

/// A closed list of words that says what each of them means.
pub trait Words: Copy + PartialEq + Send + Sync + 'static {
    /// What the list is called.
    const NAME: &'static str;
    /// What the list is about.
    const ABOUT: &'static str;
    /// Every value with its word and its meaning.
    const WORDS: &'static [(Self, &'static str, &'static str)];
}

/// Declares a closed list of words, its serde form, its parsing and its schemas.
macro_rules! words {
    ($(#[doc = $about:literal])* $name:ident { $($(#[doc = $meaning:literal])* $variant:ident = $word:literal,)* }) => {
        $(#[doc = $about])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            ::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema,
        )]
        pub enum $name { $($(#[doc = $meaning])* #[serde(rename = $word)] #[schema(rename = $word)] $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in the API and in files.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word,)* } }

            /// The value with that word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl $crate::domain::words::Words for $name {
            const NAME: &'static str = ::std::stringify!($name);
            const ABOUT: &'static str = ::std::concat!($($about),*);
            const WORDS: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$variant, $word, ::std::concat!($($meaning),*)),)*];
        }
    };
}
pub(crate) use words;
