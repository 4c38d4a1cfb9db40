// Keys of services that watch, count, route and switch.
import { tokens } from './token.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

export const monitorTokens = tokens([
  {
    name: 'grafana-key',
    grammar:
      /glsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3}|eyJrIjoi[A-Za-z0-9]{70,400}={0,3}/,
    notBefore: /[A-Za-z0-9+/]/,
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
    grammar: /sntry[uai]_[0-9a-f]{64}/,
    source: 'https://github.com/getsentry/sentry/blob/master/src/sentry/types/token.py',
    found: 'sntryu_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    nearMiss: 'sntryu_0123456789abcdef',
  },
  {
    name: 'sentry-org-token',
    // Base64 of what it is for, then of 32 random bytes.
    grammar: /sntrys_eyJ[A-Za-z0-9+/]{20,600}={0,2}_[A-Za-z0-9+/]{43}/,
    notBefore: /[A-Za-z0-9+/]/,
    source: 'https://github.com/getsentry/sentry/blob/master/src/sentry/utils/security/orgauthtoken_token.py',
    found: `sntrys_eyJ${'pYXQiOjE2ODczMzY1NDMu'.repeat(4)}_${'0123456789+Example/'.repeat(3).slice(0, 43)}`,
    nearMiss: 'sntrys_eyJpYXQiOjE2ODczMzY1NDMufQ==_0123456789Example',
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
