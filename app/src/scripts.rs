//! What takes a page over in the browser, marked as ours by the nonce of the answer that it comes with.
//!
//! Leptos' own would do, were its preloads marked too: then scripts of our address need no leave of their own.

use leptos::{nonce::use_nonce, prelude::*};

pub(crate) fn scripts(options: &LeptosOptions) -> impl IntoView {
    let (folder, name) = (&options.site_pkg_dir, &options.output_name);
    let (code, program) = (format!("/{folder}/{name}.js"), format!("/{folder}/{name}_bg.wasm"));
    let taking_over = format!(
        "import {{ default as start, hydrate }} from {code:?};\
         await start({{ module_or_path: {program:?} }}); hydrate();"
    );
    let nonce = use_nonce();
    view! {
        <link rel="modulepreload" href=code crossorigin="anonymous" nonce=nonce.clone()/>
        <link rel="preload" href=program r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=nonce>{taking_over}</script>
    }
}
