"""What the demo's gateway asks of the platform's tables."""

# A role in force now; which of them a session has is a matter of when it began.
HELD = "(h.expires IS NULL OR h.expires > now())"
STAFF = "users u JOIN staff_members m ON m.user_id = u.id"
MAY_SIGN_IN = f"""u.status = 'active' AND m.is_active
     AND EXISTS (SELECT FROM staff_member_roles h WHERE h.user_id = u.id AND {HELD})"""
# Customers' sessions last while their account is active; those of staff end when nobody uses them, too.
IN_FORCE = f"""
  SELECT s.id, s.user_id, s.token_hash, s.created, s.expires, s.kind = 'tenant' AS customer
    FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN staff_members m ON m.user_id = u.id
   WHERE s.revoked IS NULL AND s.expires > now()
     AND (s.kind = 'tenant' AND u.status = 'active' AND u.deleted IS NULL
          OR s.kind = 'staff' AND s.last_seen > now() - interval '30 minutes' AND {MAY_SIGN_IN})
"""  # noqa: S608 -- constants
ROLES = f"""
  SELECT h.user_id, r.name, h.granted, h.expires FROM staff_member_roles h JOIN staff_roles r ON r.id = h.role_id
   WHERE h.user_id = ANY(%s) AND {HELD}
"""  # noqa: S608
ALLOWED = f"SELECT u.id FROM {STAFF} WHERE u.id = %s AND {MAY_SIGN_IN}"  # noqa: S608
BY_EMAIL = f"SELECT u.id FROM {STAFF} WHERE lower(u.email) = lower(%s)"  # noqa: S608
CUSTOMER_BY_EMAIL = "SELECT id FROM users WHERE lower(email) = lower(%s) AND deleted IS NULL"
# What somebody else has locked is about to change: a use of the session must not wait for that.
TOUCH = """
  UPDATE sessions SET last_seen = now() WHERE id = (
    SELECT id FROM sessions WHERE id = %s AND revoked IS NULL FOR NO KEY UPDATE SKIP LOCKED)
"""
START = """
  INSERT INTO sessions (user_id, kind, token_hash, ip, user_agent, expires)
  VALUES (%s, %s, %s, %s, %s, now() + interval '12 hours')
"""
ATTEMPT = "INSERT INTO login_events (user_id, email, succeeded, ip, user_agent) VALUES (%s, %s, %s, %s, %s)"

CHOSEN = """
  UPDATE users SET password_reset = NULL WHERE lower(email) = lower(%s) AND deleted IS NULL AND status = 'active'
"""

# What there is, in force or not.
KNOWN = {
    "session": "SELECT id FROM sessions WHERE id = ANY(%s)",
    "staff member": "SELECT user_id AS id FROM staff_members WHERE user_id = ANY(%s)",
    "user": "SELECT id FROM users WHERE id = ANY(%s)",
    "tenant": "SELECT id FROM tenants WHERE id = ANY(%s)",
    "queue": "SELECT name AS id FROM job_queues WHERE name = ANY(%s)",
}

# The row of one thing, by its columns, but for what is personal; of a user also the roles in each tenant.
ROWS = {
    "addresses": "SELECT to_jsonb(it) AS row FROM smtp_ip_addresses AS it WHERE id::text = %s",
    "campaigns": "SELECT to_jsonb(it) AS row FROM campaigns AS it WHERE id::text = %s",
    "mailboxes": "SELECT to_jsonb(it) - 'email' AS row FROM email_accounts AS it WHERE id::text = %s",
    "agreements": """
      SELECT to_jsonb(it) AS row FROM (
        SELECT t.id AS tenant_id, o.max_users, o.max_domains, o.max_campaigns_per_month, o.max_emails_per_month,
               o.max_storage_gb, o.price_monthly, o.price_yearly, o.plan_slug, o.trial_ends
          FROM tenants t LEFT JOIN tenant_overrides o ON o.tenant_id = t.id WHERE t.deleted IS NULL
      ) AS it WHERE tenant_id::text = %s""",
    "policies": "SELECT to_jsonb(it) AS row FROM tenant_policies AS it WHERE tenant_id::text = %s",
    "configurations": "SELECT jsonb_build_object('tenant_id', tenant_id, 'notify_on_security_alerts',"
    " notify_on_security_alerts) AS row FROM tenant_config WHERE tenant_id::text = %s",
    "domains": "SELECT to_jsonb(it) AS row FROM domains AS it WHERE id::text = %s",
    "settings": "SELECT jsonb_build_object('key', key, 'value', value, 'staged', staged) AS row FROM system_config"
    " WHERE key = %s AND NOT is_sensitive",
    "queues": "SELECT to_jsonb(it) AS row FROM job_queues AS it WHERE name = %s",
    "invitations": "SELECT jsonb_build_object('open', accepted IS NULL AND withdrawn IS NULL) AS row"
    " FROM tenant_invitations WHERE id::text = %s",
    "tenants": "SELECT to_jsonb(it) AS row FROM tenants AS it WHERE id::text = %s AND deleted IS NULL",
    "users": "SELECT to_jsonb(it) - '{email,name,given_name,family_name,picture}'::text[]"
    " || jsonb_build_object('tenants', (SELECT coalesce(jsonb_object_agg(tenant_id, roles), '{}')"
    " FROM tenant_users WHERE user_id = it.id)) AS row FROM users AS it WHERE id::text = %s AND deleted IS NULL",
}

# Held back: by a pause of these jobs or of more than these, or by the queue's own switch, which has no end.
PAUSED = """
  SELECT count(*) > 0 OR EXISTS (SELECT FROM job_queues WHERE name = %(queue)s AND NOT is_active) AS paused,
         CASE WHEN bool_and(ends IS NOT NULL) THEN max(ends) END AS until
    FROM queue_pauses WHERE lifted IS NULL AND (queue_name IS NULL OR queue_name = %(queue)s)
     AND (tenant_id IS NULL OR tenant_id = %(tenant)s)
"""

# Workers take jobs from the table itself: nothing of them is remembered anywhere.
JOBS = "SELECT id, status, priority, failed FROM jobs WHERE queue_name = %s AND id = ANY(%s)"

FLAG = "SELECT is_enabled AS enabled, rollout_percentage AS rollout FROM feature_flags WHERE key = %s"
FLAG_ROWS = """
  SELECT 'user override' AS rule, user_id AS whose, enabled, expires FROM user_feature_flags WHERE flag_key = %(key)s
  UNION ALL
  SELECT 'tenant override', tenant_id, enabled, expires FROM tenant_feature_flags WHERE flag_key = %(key)s
  UNION ALL
  SELECT 'allowlist', tenant_id, true, expires FROM feature_flag_allowlist WHERE flag_key = %(key)s
"""
