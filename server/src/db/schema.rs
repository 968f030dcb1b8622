//! The tables, as diesel sees them; made from the migrations.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        has_password -> Bool,
        email_verified_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        former_email_sha256 -> Nullable<Text>,
    }
}

diesel::table! {
    email_verifications (id) {
        id -> Text,
        code_hash -> Text,
        account_id -> Text,
        email -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    messages (id) {
        id -> Text,
        account_id -> Nullable<Text>,
        address -> Text,
        kind -> Text,
        season_id -> Nullable<Text>,
        once -> Nullable<Text>,
        subject -> Text,
        text -> Text,
        path -> Nullable<Text>,
        secret -> Bool,
        created_at -> BigInt,
        state -> Text,
        attempts -> Integer,
        next_try_at -> BigInt,
        waiting_since -> BigInt,
        expires_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        error -> Nullable<Text>,
        facts -> Nullable<Text>,
    }
}

diesel::table! {
    mail_optouts (address, kind) {
        address -> Text,
        kind -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    organizer_invitations (id) {
        id -> Text,
        code_hash -> Text,
        email -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
        accepted_by -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
        role -> Text,
        season_id -> Nullable<Text>,
    }
}

diesel::table! {
    organizer_roles (id) {
        id -> Text,
        account_id -> Text,
        season_id -> Nullable<Text>,
        role -> Text,
        granted_at -> BigInt,
        granted_by -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    announcements (id) {
        id -> Text,
        season_id -> Text,
        created_by -> Text,
        created_at -> BigInt,
        title -> Text,
        text -> Text,
        edited_at -> Nullable<BigInt>,
        withdrawn_at -> Nullable<BigInt>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    questions (id) {
        id -> Text,
        season_id -> Text,
        task_id -> Nullable<Text>,
        team_id -> Text,
        account_id -> Text,
        text -> Text,
        asked_at -> BigInt,
        answer -> Nullable<Text>,
        answer_public -> Bool,
        answered_by -> Nullable<Text>,
        answered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    season_events (season_id, number) {
        season_id -> Text,
        number -> BigInt,
        id -> Text,
        at -> BigInt,
        kind -> Text,
        task_id -> Nullable<Text>,
        submission_id -> Nullable<Text>,
        error -> Nullable<Double>,
        announcement_id -> Nullable<Text>,
        question_id -> Nullable<Text>,
    }
}

diesel::table! {
    news_seen (account_id, season_id) {
        account_id -> Text,
        season_id -> Text,
        announcements_until -> BigInt,
        answers_until -> BigInt,
    }
}

diesel::table! {
    setup_codes (code_hash) {
        code_hash -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        account_id -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        api_token_id -> Nullable<Text>,
        client -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (hash) {
        hash -> Text,
        session_id -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        account_id -> Text,
        name -> Text,
        hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        parent_id -> Nullable<Text>,
    }
}

diesel::table! {
    scorer_tokens (id) {
        id -> Text,
        name -> Text,
        hash -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    scorers (id) {
        id -> Text,
        token_id -> Text,
        name -> Text,
        version -> Text,
        devices -> Text,
        last_seen_at -> BigInt,
        faults -> Integer,
        withdrawn_at -> Nullable<BigInt>,
        kinds -> Text,
        faulted -> Text,
        trouble -> Nullable<Text>,
        memory_bytes -> Nullable<BigInt>,
        stopped_at -> Nullable<BigInt>,
        process_id -> Nullable<Text>,
    }
}

diesel::table! {
    rate_limits (bucket) {
        bucket -> Text,
        window_start -> BigInt,
        hits -> Integer,
    }
}

diesel::table! {
    idempotency_keys (account_id, idempotency_key) {
        account_id -> Text,
        idempotency_key -> Text,
        operation -> Text,
        request_hash -> Text,
        response -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    seasons (id) {
        id -> Text,
        slug -> Text,
        title -> Text,
        rules -> Text,
        opens_at -> BigInt,
        closes_at -> Nullable<BigInt>,
        draft -> Bool,
        paused -> Bool,
        frozen_at -> Nullable<BigInt>,
        published_at -> Nullable<BigInt>,
        created_at -> BigInt,
        registration -> Text,
        first_published_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    tasks (id) {
        id -> Text,
        season_id -> Text,
        slug -> Text,
        position -> Integer,
        settings -> Text,
        test_set_id -> Nullable<Text>,
        board_version -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    test_sets (id) {
        id -> Text,
        task_id -> Text,
        version -> Integer,
        sha256 -> Text,
        size -> BigInt,
        images_sha256 -> Nullable<Text>,
        images_size -> Nullable<BigInt>,
        classes -> Integer,
        images -> Integer,
        public_mask -> Nullable<Binary>,
        split -> Nullable<Text>,
        salt -> Text,
        commitment -> Text,
        created_at -> BigInt,
        staged -> Bool,
    }
}

diesel::table! {
    teams (id) {
        id -> Text,
        season_id -> Text,
        name -> Text,
        name_key -> Text,
        look_key -> Text,
        affiliation -> Nullable<Text>,
        created_at -> BigInt,
        status -> Text,
        status_note -> Nullable<Text>,
        merged_into -> Nullable<Text>,
        merged_at -> Nullable<BigInt>,
        merge_reason -> Nullable<Text>,
    }
}

diesel::table! {
    memberships (season_id, account_id) {
        season_id -> Text,
        account_id -> Text,
        team_id -> Text,
        role -> Text,
        joined_at -> BigInt,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        code_hash -> Text,
        team_id -> Text,
        created_by -> Text,
        email -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
        accepted_by -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    uploads (id) {
        id -> Text,
        account_id -> Text,
        length -> BigInt,
        received -> BigInt,
        filename -> Nullable<Text>,
        sha256 -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        writer -> BigInt,
        announced_sha256 -> Nullable<Text>,
    }
}

diesel::table! {
    upload_parts (upload_id, start) {
        upload_id -> Text,
        start -> BigInt,
        length -> BigInt,
        object -> Text,
    }
}

diesel::table! {
    submissions (id) {
        id -> Text,
        season_id -> Text,
        task_id -> Text,
        team_id -> Text,
        account_id -> Text,
        kind -> Text,
        sha256 -> Text,
        size -> BigInt,
        method -> Nullable<Text>,
        description -> Nullable<Text>,
        links -> Text,
        note -> Nullable<Text>,
        baseline -> Bool,
        evaluation_id -> Text,
        created_at -> BigInt,
        final_at -> Nullable<BigInt>,
        dated_at -> Nullable<BigInt>,
        ruling -> Nullable<Text>,
        ruling_reason -> Nullable<Text>,
        public_reason -> Nullable<Text>,
        ruled_at -> Nullable<BigInt>,
        flag -> Nullable<Text>,
        withdrawn_at -> Nullable<BigInt>,
        late -> Bool,
        answers_sha256 -> Nullable<Text>,
        kept_back -> Bool,
        training_data -> Nullable<Text>,
        ensemble -> Nullable<Bool>,
    }
}

diesel::table! {
    evaluations (id) {
        id -> Text,
        submission_id -> Text,
        task_id -> Text,
        team_id -> Text,
        test_set_id -> Text,
        kind -> Text,
        state -> Text,
        attempt -> Integer,
        failures -> Integer,
        scorer_id -> Nullable<Text>,
        lease_expires_at -> Nullable<BigInt>,
        stage -> Nullable<Text>,
        done -> BigInt,
        total -> BigInt,
        queued_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        verdict -> Nullable<Text>,
        fault -> Nullable<Text>,
        measures -> Nullable<Text>,
        scorer_version -> Nullable<Text>,
        images_per_second -> Nullable<Double>,
        not_before -> Nullable<BigInt>,
        avoided_scorer -> Nullable<Text>,
        avoided_until -> Nullable<BigInt>,
        rescoring -> Bool,
    }
}

diesel::table! {
    results (evaluation_id) {
        evaluation_id -> Text,
        task_id -> Text,
        n -> Integer,
        top1_wrong -> Integer,
        top5_wrong -> Integer,
        public_n -> Integer,
        public_top1_wrong -> Integer,
        public_top5_wrong -> Integer,
        board_version -> BigInt,
        top1 -> Binary,
        top5 -> Binary,
        answers_of -> Nullable<Text>,
    }
}

diesel::table! {
    quota_ledger (submission_id) {
        submission_id -> Text,
        task_id -> Text,
        team_id -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        reserved_at -> BigInt,
        settled_at -> Nullable<BigInt>,
        extension_id -> Nullable<Text>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Text,
        at -> BigInt,
        account_id -> Nullable<Text>,
        action -> Text,
        object -> Text,
        detail -> Text,
    }
}

diesel::table! {
    password_resets (id) {
        id -> Text,
        code_hash -> Text,
        account_id -> Text,
        created_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        mailed -> Bool,
    }
}

diesel::table! {
    attempts (evaluation_id, attempt) {
        evaluation_id -> Text,
        attempt -> Integer,
        scorer_id -> Text,
        scorer_name -> Text,
        started_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        ended -> Nullable<Text>,
        cause -> Nullable<Text>,
    }
}

diesel::table! {
    submission_members (submission_id, account_id) {
        submission_id -> Text,
        account_id -> Text,
    }
}

diesel::table! {
    team_changes (id) {
        id -> Text,
        season_id -> Text,
        team_id -> Text,
        team_name -> Text,
        account_id -> Text,
        action -> Text,
        submissions -> Integer,
        at -> BigInt,
    }
}

diesel::table! {
    registration_codes (id) {
        id -> Text,
        season_id -> Text,
        code_hash -> Text,
        label -> Text,
        max_uses -> Integer,
        uses -> Integer,
        created_by -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    registrations (season_id, account_id) {
        season_id -> Text,
        account_id -> Text,
        code_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    submission_versions (id) {
        id -> Text,
        submission_id -> Text,
        task_id -> Text,
        until -> BigInt,
        method -> Nullable<Text>,
        description -> Nullable<Text>,
        links -> Text,
        final_at -> Nullable<BigInt>,
        training_data -> Nullable<Text>,
        ensemble -> Nullable<Bool>,
        team_id -> Text,
    }
}

diesel::table! {
    answers (evaluation_id) {
        evaluation_id -> Text,
        test_set_id -> Text,
        packed -> Binary,
    }
}

diesel::table! {
    rescorings (id) {
        id -> Text,
        task_id -> Text,
        from_id -> Text,
        to_id -> Text,
        created_by -> Text,
        created_at -> BigInt,
        ended -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    bans (id) {
        id -> Text,
        season_id -> Nullable<Text>,
        team_id -> Nullable<Text>,
        reason -> Text,
        until -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
        lifted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    banned_people (ban_id, account_id) {
        ban_id -> Text,
        account_id -> Text,
        name -> Text,
        email_sha256 -> Text,
    }
}

diesel::table! {
    extensions (id) {
        id -> Text,
        season_id -> Text,
        team_id -> Text,
        task_id -> Nullable<Text>,
        attempts -> Integer,
        until -> BigInt,
        reason -> Text,
        created_by -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    log_entries (id) {
        id -> Text,
        position -> Nullable<BigInt>,
        kind -> Text,
        at -> BigInt,
        body -> Text,
        signatures -> Nullable<Text>,
        leaf -> Binary,
        submission_id -> Nullable<Text>,
        evaluation_id -> Nullable<Text>,
        opening -> Nullable<Text>,
    }
}

diesel::table! {
    log_backlog (submission_id, at) {
        evaluation_id -> Text,
        submission_id -> Text,
        task_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    log_nodes (level, position) {
        level -> Integer,
        position -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    log_checkpoints (size) {
        size -> BigInt,
        note -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    log_retired_keys (position) {
        position -> BigInt,
        verifier -> Text,
        signs_until -> BigInt,
        seed -> Nullable<Text>,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Text,
        season_id -> Text,
        url -> Text,
        kinds -> Text,
        description -> Text,
        created_by -> Text,
        created_at -> BigInt,
        secret -> Text,
        old_secret -> Nullable<Text>,
        old_secret_until -> Nullable<BigInt>,
        disabled_at -> Nullable<BigInt>,
        disabled_reason -> Nullable<Text>,
        failing_since -> Nullable<BigInt>,
        next_try_at -> BigInt,
        claimed_until -> BigInt,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Text,
        webhook_id -> Text,
        kind -> Text,
        at -> BigInt,
        event_number -> Nullable<BigInt>,
        data -> Nullable<Text>,
        state -> Text,
        attempts -> Integer,
        tried_at -> Nullable<BigInt>,
        status -> Nullable<Integer>,
        fault -> Nullable<Text>,
        error -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(webhooks -> seasons (season_id));
diesel::joinable!(extensions -> tasks (task_id));
diesel::joinable!(extensions -> teams (team_id));
diesel::joinable!(banned_people -> bans (ban_id));
diesel::joinable!(bans -> seasons (season_id));
diesel::joinable!(bans -> teams (team_id));
diesel::joinable!(sessions -> accounts (account_id));
diesel::joinable!(organizer_roles -> seasons (season_id));
diesel::joinable!(organizer_invitations -> seasons (season_id));
diesel::joinable!(rescorings -> tasks (task_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(sessions -> api_tokens (api_token_id));
diesel::joinable!(api_tokens -> accounts (account_id));
diesel::joinable!(scorers -> scorer_tokens (token_id));
diesel::joinable!(tasks -> seasons (season_id));
diesel::joinable!(test_sets -> tasks (task_id));
diesel::joinable!(teams -> seasons (season_id));
diesel::joinable!(memberships -> seasons (season_id));
diesel::joinable!(memberships -> accounts (account_id));
diesel::joinable!(memberships -> teams (team_id));
diesel::joinable!(invitations -> teams (team_id));
diesel::joinable!(invitations -> accounts (created_by));
diesel::joinable!(uploads -> accounts (account_id));
diesel::joinable!(upload_parts -> uploads (upload_id));
diesel::joinable!(submissions -> seasons (season_id));
diesel::joinable!(submissions -> tasks (task_id));
diesel::joinable!(submissions -> teams (team_id));
diesel::joinable!(submissions -> accounts (account_id));
diesel::joinable!(evaluations -> submissions (submission_id));
diesel::joinable!(evaluations -> tasks (task_id));
diesel::joinable!(evaluations -> teams (team_id));
diesel::joinable!(evaluations -> test_sets (test_set_id));
diesel::joinable!(results -> evaluations (evaluation_id));
diesel::joinable!(results -> tasks (task_id));
diesel::joinable!(quota_ledger -> submissions (submission_id));
diesel::joinable!(quota_ledger -> tasks (task_id));
diesel::joinable!(quota_ledger -> teams (team_id));
diesel::joinable!(submission_members -> submissions (submission_id));
diesel::joinable!(submission_members -> accounts (account_id));
diesel::joinable!(team_changes -> accounts (account_id));
diesel::joinable!(team_changes -> seasons (season_id));
diesel::joinable!(registration_codes -> seasons (season_id));
diesel::joinable!(registrations -> registration_codes (code_id));
diesel::joinable!(submission_versions -> submissions (submission_id));
diesel::joinable!(submission_versions -> tasks (task_id));
// Only tables that a query joins: each pair costs the compiler its own implementations. Two groups
// may share one table.
diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    answers,
    attempts,
    audit_log,
    banned_people,
    bans,
    evaluations,
    extensions,
    invitations,
    memberships,
    organizer_invitations,
    organizer_roles,
    questions,
    quota_ledger,
    registration_codes,
    registrations,
    rescorings,
    results,
    seasons,
    submission_members,
    submission_versions,
    submissions,
    tasks,
    team_changes,
    teams,
    test_sets,
    uploads,
    webhook_deliveries,
    webhooks,
);
diesel::allow_tables_to_appear_in_same_query!(accounts, password_resets);
diesel::allow_tables_to_appear_in_same_query!(messages, seasons);
diesel::allow_tables_to_appear_in_same_query!(accounts, api_tokens, refresh_tokens, sessions);
diesel::allow_tables_to_appear_in_same_query!(evaluations, scorers);
diesel::allow_tables_to_appear_in_same_query!(log_entries, submissions);
diesel::allow_tables_to_appear_in_same_query!(scorer_tokens, scorers);
diesel::allow_tables_to_appear_in_same_query!(upload_parts, uploads);
