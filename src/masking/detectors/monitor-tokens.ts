// Keys of services that watch, count, route and switch.
import { atLeast, tokens } from './token.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

export const monitorTokens = tokens([
  {
    name: 'grafana-key',
    grammar: new RegExp(
      `glsa_[A-WYZa-wyz0-9][A-Za-z0-9]{31}_[0-9A-Fa-f]{8}|glc_${atLeast(32, '[A-Za-z0-9+/=]')}|eyJrIjoi${atLeast(70, '[A-Za-z0-9=]')}`,
    ),
    open: true,
    source: 'https://grafana.com/docs/grafana/latest/administration/service-accounts/',
    found: 'glsa_0123456789ExampleExampleExample0_01234567',
    nearMiss: 'glsa_example and GLC_CreateLightmapTexture',
  },
  {
    name: 'newrelic-key',
    grammar: /NRAK-[A-Za-z0-9]{27}|NRJS-[0-9a-f]{19}|NRI[IQ]-[A-Za-z0-9-]{32}/,
    source: 'https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/',
    found: 'NRAK-0123456789EXAMPLEEXAMPLE012',
    nearMiss: 'NRAK-EXAMPLE',
  },
  {
    name: 'dynatrace-token',
    grammar: /dt0[a-z][0-9]{2}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}/,
    source: 'https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication',
    found: 'dt0c01.0123456789EXAMPLE0123456.0123456789EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE01234',
    nearMiss: 'dt0c01.0123456789',
  },
  {
    name: 'sentry-token',
    grammar: /sntryu_[0-9a-f]{64}/,
    source: 'https://docs.sentry.io/account/auth-tokens/',
    found: 'sntryu_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    nearMiss: 'sntryu_0123456789abcdef',
  },
  {
    name: 'sentry-org-token',
    grammar: new RegExp(`sntrys_eyJ${atLeast(60, '[A-Za-z0-9+/_=-]')}`),
    open: true,
    source: 'https://docs.sentry.io/account/auth-tokens/#organization-auth-tokens',
    found: `sntrys_eyJ${'pYXQiOjE2ODczMzY1NDMu'.repeat(4)}`,
    nearMiss: 'sntrys_eyJ…',
  },
  {
    name: 'launchdarkly-key',
    grammar: new RegExp(`(?:api|sdk|mob)-${UUID}`),
    source: 'https://launchdarkly.com/docs/home/account/api',
    found: 'sdk-01234567-89ab-cdef-0123-456789abcdef',
    nearMiss: 'sdk-01234567',
  },
  {
    name: 'definednetworking-key',
    grammar: /dnkey-[A-Za-z0-9_=-]{26}-[A-Za-z0-9_=-]{52}/,
    source: 'https://docs.defined.net/guides/automating-host-creation/',
    found: 'dnkey-EXAMPLEEXAMPLE0123456789AB-EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE0123456789',
    nearMiss: 'dnkey-example',
  },
  {
    name: 'authress-key',
    grammar:
      /(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,}/,
    open: true,
    source: 'https://authress.io/knowledge-base/docs/authorization/service-clients/',
    found: 'sc_example01234.ab12.acc_0123456789.0123456789-ExampleExampleExample_Example012',
    nearMiss: 'sc_example01234.ab12',
  },
  {
    name: 'adobe-secret',
    grammar: /p8e-[A-Za-z0-9_-]{32}/,
    source:
      'https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/',
    found: 'p8e-0123456789_Example-Example012345',
    nearMiss: 'p8e-0123456789',
  },
  {
    name: 'intra-secret',
    grammar: /s-s4t2(?:ud|af)-[0-9a-f]{64}/,
    source: 'https://api.intra.42.fr/apidoc/guides/web_application_flow',
    found: 's-s4t2ud-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    nearMiss: 's-s4t2ud-0123456789abcdef',
  },
])
