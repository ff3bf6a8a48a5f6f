//! The parts that screens are put together from, one a file, named as its class in `style/component`.
//!
//! All are written by the server first and work without scripts: a part that acts is a link or a form.

mod badge;
mod breadcrumb;
mod bulk_bar;
mod button;
mod callout;
mod card;
#[cfg(feature = "ssr")]
mod chart;
mod check_list;
mod code_block;
mod copy_text;
mod count;
mod data_table;
mod dialog;
mod diff;
mod empty_state;
mod facts;
mod field;
mod filter_bar;
mod fold;
mod form;
mod head;
#[cfg(feature = "ssr")]
pub(crate) mod html;
mod icon;
mod live_pill;
mod mark;
mod nav;
mod not_live;
mod pager;
mod palette;
mod person;
mod pipeline;
mod progress;
mod queue;
mod reference;
#[cfg(feature = "ssr")]
pub(crate) mod rego;
mod segmented;
mod skeleton;
mod stat;
mod state;
mod tabs;
mod timeline;
mod toast;
mod top_bar;
mod version;
mod when;

pub use badge::*;
pub use breadcrumb::*;
pub use bulk_bar::*;
pub use button::*;
pub use callout::*;
pub use card::*;
#[cfg(feature = "ssr")]
pub use chart::*;
pub use check_list::*;
pub use code_block::*;
pub use copy_text::*;
pub use count::*;
pub use data_table::*;
pub use dialog::*;
pub use diff::*;
pub use empty_state::*;
pub use facts::*;
pub use field::*;
pub use filter_bar::*;
pub use fold::*;
pub use form::*;
pub use head::*;
pub use icon::*;
pub use live_pill::*;
pub use mark::*;
pub use nav::*;
pub use not_live::*;
pub use pager::*;
pub use palette::*;
pub use person::*;
pub use pipeline::*;
pub use progress::*;
pub use queue::*;
pub use reference::*;
pub use segmented::*;
pub use skeleton::*;
pub use stat::*;
pub use state::*;
pub use tabs::*;
pub use timeline::*;
pub use toast::*;
pub use top_bar::*;
pub use version::*;
pub use when::*;
