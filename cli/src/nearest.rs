//! What a person most likely meant.

/// The sentence `lack`, about a word that is not among those known, with the nearest one that is.
pub fn unknown<'a>(lack: &str, word: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(word, known) {
        Some(name) => format!("{lack} `{word}`; did you mean `{name}`?"),
        None => format!("{lack} `{word}`"),
    }
}

/// The known word that differs by a few letters, if there is one.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let allowed = |name: &str| 1.max(name.len().max(word.len()) / 3);
    known
        .map(|name| (strsim::damerau_levenshtein(&word, &name.to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance <= allowed(name))
        .min()
        .map(|(_, name)| name)
}
