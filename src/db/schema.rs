//! The tables, as both databases have them; `tests` compare this file with what each database reports.
#![expect(missing_docs, reason = "the macro makes modules and types that nobody reads about")]

diesel::table! {
    head (id) {
        id -> SmallInt,
        epoch -> Text,
        revision -> BigInt,
        authorization_generation -> BigInt,
    }
}
diesel::table! {
    revisions (revision) {
        revision -> BigInt,
        epoch -> Text,
        kind -> Text,
        actor -> Nullable<Text>,
        summary -> Text,
        published_at -> Timestamp,
    }
}
diesel::table! {
    seeds (name) {
        name -> Text,
        digest -> Text,
        applied_at -> Timestamp,
    }
}
diesel::table! {
    areas (number) {
        number -> Integer,
        id -> Text,
        origin -> Text,
    }
}
diesel::table! {
    area_versions (area, ordinal) {
        area -> Integer,
        ordinal -> Integer,
        code -> Text,
        name -> Text,
        kind -> Text,
        parent -> Nullable<Text>,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
    }
}
diesel::table! {
    successions (predecessor, successor) {
        predecessor -> Text,
        successor -> Text,
        kind -> Text,
        effective_on -> Date,
        instrument -> Text,
    }
}
diesel::table! {
    indicators (number) {
        number -> Integer,
        code -> Text,
        definition -> Text,
        origin -> Text,
    }
}
diesel::table! {
    quarter_windows (quarter) {
        quarter -> Integer,
        window_start -> Date,
        cut_off -> Date,
    }
}
diesel::table! {
    deadlines (quarter, level) {
        quarter -> Integer,
        level -> Text,
        due_on -> Date,
    }
}
diesel::table! {
    quarter_locks (quarter) {
        quarter -> Integer,
        locked_at -> Timestamp,
    }
}
diesel::table! {
    area_deadlines (id) {
        id -> BigInt,
        area -> Integer,
        quarter -> Integer,
        level -> Text,
        due_on -> Date,
        reason -> Nullable<Text>,
        from_revision -> BigInt,
        until_revision -> Nullable<BigInt>,
    }
}
diesel::table! {
    area_locks (id) {
        id -> BigInt,
        area -> Integer,
        quarter -> Integer,
        reason -> Text,
        locked_at -> Timestamp,
        from_revision -> BigInt,
        until_revision -> Nullable<BigInt>,
    }
}
diesel::table! {
    targets (id) {
        id -> BigInt,
        area -> Integer,
        indicator -> Integer,
        reference_period -> Text,
        mantissa -> BigInt,
        scale -> SmallInt,
        from_revision -> BigInt,
        until_revision -> Nullable<BigInt>,
    }
}
diesel::table! {
    accounts (id) {
        id -> Text,
        username -> Text,
        display_name -> Text,
        role -> Text,
        area -> Nullable<Integer>,
        password_hash -> Text,
        disabled -> Bool,
        tokens_valid_after -> Timestamp,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    sessions (id) {
        id -> Text,
        account -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        revoked_because -> Nullable<Text>,
    }
}
diesel::table! {
    refresh_tokens (hash) {
        hash -> Text,
        session -> Text,
        replaces -> Nullable<Text>,
        issued_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        public_key -> Text,
        private_key_sealed -> Text,
        created_at -> Timestamp,
        signs_from -> Timestamp,
        verifies_until -> Nullable<Timestamp>,
    }
}
diesel::table! {
    login_throttles (bucket) {
        bucket -> Text,
        full_again_at -> BigInt,
    }
}
diesel::table! {
    clients (id) {
        id -> Text,
        name -> Text,
        scopes -> Text,
        disabled -> Bool,
        tokens_valid_after -> Timestamp,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    client_areas (client, area) {
        client -> Text,
        area -> Integer,
    }
}
diesel::table! {
    client_indicators (client, indicator) {
        client -> Text,
        indicator -> Integer,
    }
}
diesel::table! {
    client_secrets (id) {
        id -> Text,
        client -> Text,
        hash -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    pushed_observations (id) {
        id -> BigInt,
        client -> Text,
        area -> Integer,
        quarter -> Integer,
        indicator -> Integer,
        nature -> SmallInt,
        operator -> SmallInt,
        mantissa -> BigInt,
        scale -> SmallInt,
        span -> SmallInt,
        method -> Nullable<SmallInt>,
        reference_period -> Text,
        note -> Nullable<Text>,
        pushed_at -> Timestamp,
        request_id -> Nullable<Text>,
        superseded_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    idempotency_keys (subject, operation, idempotency_key) {
        subject -> Text,
        operation -> Text,
        idempotency_key -> Text,
        request_digest -> Text,
        status -> SmallInt,
        body -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}
diesel::table! {
    reports (id) {
        id -> BigInt,
        area -> Integer,
        quarter -> Integer,
        synthetic -> Bool,
        created_at -> Timestamp,
    }
}
diesel::table! {
    report_versions (id) {
        id -> BigInt,
        report -> BigInt,
        version -> Integer,
        status -> Text,
        imported -> Bool,
        edits -> BigInt,
        document -> Text,
        findings -> Text,
        reason -> Nullable<Text>,
        created_by -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        submitted_by -> Nullable<Text>,
        submitted_at -> Nullable<Timestamp>,
        approved_by -> Nullable<Text>,
        approved_at -> Nullable<Timestamp>,
        published_by -> Nullable<Text>,
        published_at -> Nullable<Timestamp>,
        from_revision -> Nullable<BigInt>,
        until_revision -> Nullable<BigInt>,
        explanations -> Text,
    }
}
diesel::table! {
    observations (id) {
        id -> BigInt,
        report_version -> BigInt,
        area -> Integer,
        quarter -> Integer,
        indicator -> Integer,
        nature -> SmallInt,
        operator -> SmallInt,
        mantissa -> BigInt,
        scale -> SmallInt,
        span -> SmallInt,
        origin -> SmallInt,
        method -> Nullable<SmallInt>,
        reference_period -> Text,
        project -> Text,
        synthetic -> Bool,
        contested -> Bool,
        detail -> Nullable<Text>,
        from_revision -> BigInt,
        until_revision -> Nullable<BigInt>,
        withdrawn -> Bool,
    }
}
diesel::table! {
    audit_entries (id) {
        id -> BigInt,
        at -> Timestamp,
        actor -> Nullable<Text>,
        role -> Text,
        action -> Text,
        subject -> Text,
        area -> Nullable<Integer>,
        quarter -> Nullable<Integer>,
        before_state -> Nullable<Text>,
        after_state -> Nullable<Text>,
        reason -> Nullable<Text>,
        request_id -> Nullable<Text>,
        previous_hash -> Nullable<Text>,
        hash -> Text,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Text,
        owner -> Text,
        url -> Text,
        description -> Text,
        enabled -> Bool,
        disabled_because -> Nullable<Text>,
        secret_sealed -> Text,
        previous_secret_sealed -> Nullable<Text>,
        previous_secret_until -> Nullable<Timestamp>,
        told_revision -> BigInt,
        edits -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    webhook_deliveries (id) {
        id -> BigInt,
        webhook -> Text,
        message -> Text,
        event -> Text,
        revision -> Nullable<BigInt>,
        payload -> Text,
        status -> Text,
        attempts -> Integer,
        due_at -> Timestamp,
        leased_until -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}
diesel::table! {
    webhook_attempts (id) {
        id -> BigInt,
        delivery -> BigInt,
        at -> Timestamp,
        milliseconds -> BigInt,
        status_code -> Nullable<Integer>,
        fault -> Nullable<Text>,
        answer -> Text,
    }
}
diesel::joinable!(report_versions -> reports (report));
diesel::joinable!(accounts -> areas (area));
diesel::joinable!(refresh_tokens -> sessions (session));
diesel::joinable!(client_areas -> areas (area));
diesel::joinable!(pushed_observations -> clients (client));
diesel::joinable!(pushed_observations -> indicators (indicator));
diesel::joinable!(client_indicators -> indicators (indicator));
diesel::allow_tables_to_appear_in_same_query!(
    reports,
    report_versions,
    observations,
    areas,
    accounts,
    clients,
    client_areas,
    client_indicators,
    client_secrets,
    pushed_observations,
    indicators,
    audit_entries,
    sessions,
    refresh_tokens
);
