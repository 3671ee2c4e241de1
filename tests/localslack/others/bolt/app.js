// A Bolt app as anybody writes one: `node app.js`, with its tokens and the address of the Web API in the environment.

const { App } = require("@slack/bolt");

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

const question = (text) => [
  { type: "section", text: { type: "mrkdwn", text } },
  { type: "actions", elements: [{ type: "button", action_id: "approve", text: { type: "plain_text", text: "Approve" }, value: "yes" }] },
];

app.command("/deploy", async ({ command, ack, respond }) => {
  await ack();
  await respond(`Deploying ${command.text}.`);
});

app.event("app_mention", async ({ event, say }) => {
  await say({ text: "Shall I?", blocks: question(`Shall I, <@${event.user}>?`), thread_ts: event.ts });
});

app.action("approve", async ({ body, ack, client }) => {
  await ack();
  const done = `Approved by <@${body.user.id}>`;
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: done, blocks: [] });
});

app.start();
