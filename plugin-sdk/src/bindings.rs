//! What `wit-bindgen` makes of the ABI in `wit/`.
//!
//! One module for each world, so that each has an export macro of its own: the macro embeds the description of its
//! world into the plugin, and a plugin is read as exporting exactly the worlds whose macros it called. The shared
//! types are made once, in [`manifest`], and used by the other worlds.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::indexing_slicing, reason = "generated code")]

/// The world `manifest-only`, all shared types, and the imported `host`.
pub mod manifest {
    wit_bindgen::generate!({
        path: "../wit",
        world: "manifest-only",
        pub_export_macro: true,
        generate_unused_types: true,
        additional_derives: [PartialEq],
        additional_type_attributes: {
            "world-events:rules/types@0.1.0/event-type": [
                #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
                #[serde(rename_all = "UPPERCASE")]
            ],
            "world-events:rules/types@0.1.0/difficulty": [
                #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
                #[serde(rename_all = "UPPERCASE")]
            ],
            "world-events:rules/types@0.1.0/participant-status": [
                #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
                #[serde(rename_all = "UPPERCASE")]
            ],
            "world-events:rules/types@0.1.0/reward-type": [
                #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
                #[serde(rename_all = "lowercase")]
            ],
        },
    });
}

/// The world `eligibility-only`.
pub mod eligibility {
    wit_bindgen::generate!({
        path: "../wit",
        world: "eligibility-only",
        pub_export_macro: true,
        additional_derives: [PartialEq],
        with: {
            "world-events:rules/host@0.1.0": crate::bindings::manifest::world_events::rules::host,
            "world-events:rules/types@0.1.0": crate::bindings::manifest::world_events::rules::types,
        },
    });
}

/// The world `scoring-only`.
pub mod scoring {
    wit_bindgen::generate!({
        path: "../wit",
        world: "scoring-only",
        pub_export_macro: true,
        additional_derives: [PartialEq],
        with: {
            "world-events:rules/host@0.1.0": crate::bindings::manifest::world_events::rules::host,
            "world-events:rules/types@0.1.0": crate::bindings::manifest::world_events::rules::types,
        },
    });
}

/// The world `rewards-only`.
pub mod rewards {
    wit_bindgen::generate!({
        path: "../wit",
        world: "rewards-only",
        pub_export_macro: true,
        additional_derives: [PartialEq],
        with: {
            "world-events:rules/host@0.1.0": crate::bindings::manifest::world_events::rules::host,
            "world-events:rules/types@0.1.0": crate::bindings::manifest::world_events::rules::types,
        },
    });
}
