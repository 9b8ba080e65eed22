//! What a server **can do** with the mails of the open folder, asked before anything is done.

use super::mailbox::Mailbox;
use crate::error::Result;
use crate::model::Settle;

impl Mailbox {
    /// Why mails of the open folder could not be settled like that; None if they could. Nothing is
    /// changed.
    ///
    /// # Errors
    /// When the connection cannot be had any more.
    pub fn obstacle(&mut self, how: &Settle) -> Result<Option<String>> {
        if *how == Settle::Leave {
            return Ok(None);
        }
        let session = self.connected()?;
        let has = |name| session.capabilities.has(name);
        let (has_move, has_uidplus) = (has("MOVE"), has("UIDPLUS"));
        let Some(folder) = self.folder.as_ref() else { return Ok(None) };
        let obstacle = match how {
            _ if folder.opened.is_read_only => Some("the folder can only be read".to_owned()),
            Settle::Flag(keyword) if !folder.opened.takes(keyword) => {
                Some(format!("the server keeps no keyword {keyword} here"))
            }
            Settle::Move(_) if !has_move && !has_uidplus => {
                Some("the server can neither move nor delete (no MOVE, no UIDPLUS)".to_owned())
            }
            Settle::Delete if !has_uidplus => {
                Some("the server cannot delete single mails (no UIDPLUS)".to_owned())
            }
            Settle::Leave | Settle::Flag(_) | Settle::Move(_) | Settle::Delete => None,
        };
        Ok(obstacle)
    }

    /// The name of a folder that mails are to be moved to, as the server has it.
    ///
    /// # Errors
    /// When the connection cannot be had.
    pub fn target(&mut self, folder: &str) -> Result<String> {
        Ok(self.connected()?.names.below_prefix(folder))
    }
}
