// Tokens and addresses by which messages are sent: chat, mail, telephony, social networks, maps.
import { atLeast, tokens } from './token.ts'

export const messageTokens = tokens([
  {
    name: 'slack-token',
    // Who it is for, in numbers; then what is secret.
    grammar:
      /xox[abceoprs]-(?:2-)?(?:[0-9]{6,14}-){1,3}[A-Za-z0-9]{10,80}|xox[ar]-(?:2-)?[0-9A-Za-z]{8,48}|xoxe(?:\.xox[bp])?-[0-9]-[A-Za-z0-9]{100,200}|xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{10,14}-[0-9a-z]{40,80}/,
    notBefore: /[A-Za-z0-9-]/,
    random: (text) => text.slice(text.lastIndexOf('-')),
    source: 'https://docs.slack.dev/authentication/tokens',
    found: 'SLACK=xoxb-012345678901-0123456789012-ExampleExampleExample',
    nearMiss: 'SLACK=xoxb-SLACK_BOT_TOKEN',
  },
  {
    name: 'slack-webhook',
    grammar: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/+]{20,}/,
    open: true,
    source: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
    found: 'curl https://hooks.slack.com/services/T00000001/B00000002/ExampleExampleExample',
    nearMiss: 'curl https://hooks.slack.com/services/',
  },
  {
    name: 'teams-webhook',
    grammar: /webhook\.office\.com\/webhookb2\/[A-Za-z0-9@-]{40,80}\/IncomingWebhook\/[A-Za-z0-9/-]{32,}/,
    open: true,
    source:
      'https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
    found:
      'https://acme.webhook.office.com/webhookb2/01234567-89ab-cdef-0123-456789abcdef@01234567-89ab-cdef-0123-456789abcdef/IncomingWebhook/0123456789abcdef0123456789abcdef/01234567-89ab-cdef-0123-456789abcdef',
    nearMiss: 'https://acme.webhook.office.com/webhookb2/',
  },
  {
    name: 'discord-token',
    grammar: /[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}/,
    source: 'https://discord.com/developers/docs/reference#authentication',
    found: 'MTAxMjM0NTY3ODkwMTIzNDU2Nw.Gx4mpl.0123456789-ExampleExampleExample_012',
    nearMiss: 'MTAxMjM0NTY3ODkwMTIzNDU2Nw.Gx4mpl.short',
  },
  {
    name: 'discord-webhook',
    grammar: /discord(?:app)?\.com\/api\/webhooks\/[0-9]{17,20}\/[A-Za-z0-9_-]{60,72}/,
    source: 'https://discord.com/developers/docs/resources/webhook',
    found:
      'https://discord.com/api/webhooks/012345678901234567/0123456789-ExampleExampleExampleExampleExampleExampleExample_012',
    nearMiss: 'https://discord.com/api/webhooks/012345678901234567',
  },
  {
    name: 'telegram-token',
    grammar: /[0-9]{5,16}:A[A-Za-z0-9_-]{34}/,
    notBefore: /[A-Za-z0-9_-]/,
    source: 'https://core.telegram.org/bots/api#authorizing-your-bot',
    found: 'https://api.telegram.org/bot/0123456789:AAExampleExample-0123456789_Example',
    nearMiss: '0123456789:AAExample',
  },
  {
    name: 'twilio-key',
    grammar: /SK[0-9a-f]{32}/,
    source: 'https://www.twilio.com/docs/glossary/what-is-a-sid',
    found: 'api key SK0123456789abcdef0123456789abcdef',
    nearMiss: 'flight SK0123',
  },
  {
    name: 'sendgrid-key',
    grammar: /SG\.[A-Za-z0-9_=.-]{66}/,
    source: 'https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys',
    found: 'SG.0123456789ExampleExamp.0123456789ExampleExampleExampleExampleExamp',
    nearMiss: 'SG.example.example',
  },
  {
    name: 'mailgun-key',
    grammar: /(?:pub)?key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}/,
    source: 'https://documentation.mailgun.com/docs/mailgun/user-manual/get-started/#secure-your-api-keys',
    found: 'api:key-0123456789abcdef0123456789abcdef',
    nearMiss: 'api:key-0123456789',
  },
  {
    name: 'mailchimp-key',
    grammar: /[0-9a-f]{32}-us[0-9]{1,2}/,
    source: 'https://mailchimp.com/developer/marketing/guides/quick-start/',
    found: '0123456789abcdef0123456789abcdef-us19',
    nearMiss: '0123456789abcdef-us19',
  },
  {
    name: 'brevo-key',
    grammar: /x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}/,
    source: 'https://developers.brevo.com/docs/getting-started',
    found: 'xkeysib-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef-Example012345678',
    nearMiss: 'xkeysib-0123456789abcdef',
  },
  {
    name: 'facebook-token',
    grammar: /EAA[A-Za-z0-9]{90,400}|[0-9]{15,16}\|[A-Za-z0-9_-]{27}/,
    source: 'https://developers.facebook.com/docs/facebook-login/guides/access-tokens/',
    found: '012345678901234|0123456789-ExampleExample_0',
    nearMiss: '012345678901234|example',
  },
  {
    name: 'twitter-token',
    grammar: /A{20,22}[A-Za-z0-9%]{70,110}/,
    source: 'https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/application-only',
    found: `AAAAAAAAAAAAAAAAAAAAAB${'Example0123456789%'.repeat(5)}`,
    nearMiss: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  },
  {
    name: 'mapbox-token',
    grammar: /[psk]k\.(?:eyJ[A-Za-z0-9_-]{20,200}\.[A-Za-z0-9_-]{22}|[a-z0-9]{60}\.[a-z0-9]{22})/,
    source: 'https://docs.mapbox.com/help/getting-started/access-tokens/',
    found: 'pk.eyJ1IjoiZXhhbXBsZSIsImEiOiJjbDAxMjM0NTYifQ.0123456789_ExampleExam',
    nearMiss: 'pk.example.example',
  },
  {
    name: 'dropbox-token',
    grammar: new RegExp(`sl\\.(?:u\\.)?${atLeast(130, '[A-Za-z0-9_=-]')}`),
    open: true,
    source: 'https://www.dropbox.com/developers/reference/oauth-guide',
    found: `sl.B-${'0123456789Example'.repeat(8)}`,
    nearMiss: 'sl.example',
  },
])
