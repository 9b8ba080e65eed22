//! The **places** in which a configuration is looked for.

use std::path::{Path, PathBuf};

use crate::cli::args::Global;
use crate::cli::environment::Environment;

/// The name of the configuration.
pub(in crate::cli) const NAME: &str = "ruaudit.toml";

/// The places, in the order in which they are looked at: the current folder, the user's
/// configuration, the system's.
pub(in crate::cli) fn places(
    folder: &Path,
    config_home: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Vec<PathBuf> {
    // The specification of these folders has relative ones ignored.
    let config_home = config_home.filter(|path| path.is_absolute());
    let home = home.filter(|path| path.is_absolute()).map(|home| home.join(".config"));
    let of_user = config_home.or(home).map(|folder| folder.join("ruaudit").join(NAME));
    let of_system = [format!("/etc/ruaudit/{NAME}"), format!("/etc/{NAME}")];
    let here = std::iter::once(folder.join(NAME));
    here.chain(of_user).chain(of_system.map(PathBuf::from)).collect()
}

/// The file that was named; else the first that is there. A folder that may not be looked into
/// counts as empty: services often run with a home that is not theirs.
pub(super) fn find(global: &Global, around: &Environment) -> Option<PathBuf> {
    let named = global.config.as_ref().or(around.config.as_ref());
    named.or_else(|| around.places.iter().find(|path| path.is_file())).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(folder: &str, config_home: Option<&str>, home: Option<&str>) -> Vec<String> {
        let places = places(folder.as_ref(), config_home.map(Into::into), home.map(Into::into));
        places.iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn the_nearest_comes_first() {
        let etc = ["/etc/ruaudit/ruaudit.toml", "/etc/ruaudit.toml"];
        let of_user = "/home/ann/.config/ruaudit/ruaudit.toml";
        assert_eq!(
            ["ruaudit.toml", of_user, etc[0], etc[1]].as_slice(),
            shown("", None, Some("/home/ann"))
        );
        assert_eq!("/c/ruaudit/ruaudit.toml", shown("", Some("/c"), Some("/home/ann"))[1]);
        assert_eq!(of_user, shown("", Some("relative"), Some("/home/ann"))[1]);
        assert_eq!(3, shown("", None, None).len());
    }
}
