"""What somebody does who was invited: they create an account on the platform, which then belongs to the tenant."""

import psycopg

# All in one statement: whoever was taken back meanwhile does not join.
ACCEPT = """
  WITH asked AS (
    UPDATE tenant_invitations SET accepted = now()
     WHERE lower(email) = lower(%(email)s) AND accepted IS NULL AND withdrawn IS NULL
    RETURNING tenant_id, roles
  ), there AS (
    SELECT id FROM users WHERE lower(email) = lower(%(email)s) AND deleted IS NULL
  ), made AS (
    INSERT INTO users (id, name, email, email_verified, status)
    SELECT gen_random_uuid(), %(name)s, %(email)s, true, 'active'
     WHERE EXISTS (SELECT FROM asked) AND NOT EXISTS (SELECT FROM there)
    RETURNING id
  )
  INSERT INTO tenant_users (tenant_id, user_id, roles, email)
  SELECT asked.tenant_id, person.id, asked.roles, %(email)s
    FROM asked, (SELECT id FROM there UNION ALL SELECT id FROM made) AS person
  ON CONFLICT (tenant_id, user_id) DO UPDATE SET roles = excluded.roles
  RETURNING tenant_id
"""


async def create_account(database_url: str, email: str) -> bool:
    """As the platform's page *Create account* does; whether an invitation of that address was open."""
    name = " ".join(part.capitalize() for part in email.partition("@")[0].replace("_", ".").split(".") if part)
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        joined = await (await connection.execute(ACCEPT, {"email": email, "name": name or email})).fetchall()
    return bool(joined)
