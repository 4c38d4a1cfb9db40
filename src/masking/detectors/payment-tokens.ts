// Keys of services that take payments, sell and ship.
import { atLeast, tokens } from './token.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

export const paymentTokens = tokens([
  {
    name: 'stripe-key',
    grammar: new RegExp(
      `[rs]k_(?:live|prod|test)_${atLeast(10, '[A-Za-z0-9]')}|whsec_${atLeast(32, '[A-Za-z0-9+/=]')}`,
    ),
    open: true,
    source: 'https://docs.stripe.com/keys',
    found: 'stripe.api_key = "sk_test_0123456789Example"',
    nearMiss: 'run task_test_0123456789example',
  },
  {
    name: 'shopify-token',
    grammar: /shp(?:at|ca|pa|ss|tka)_[0-9A-Fa-f]{32}/,
    source: 'https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens',
    found: 'X-Shopify-Access-Token: shpat_0123456789abcdef0123456789abcdef',
    nearMiss: 'X-Shopify-Access-Token: shpat_example',
  },
  {
    name: 'square-token',
    grammar: new RegExp(`sq0[a-z]{3}-${atLeast(22, '[A-Za-z0-9_-]')}|EAAA${atLeast(40, '[A-Za-z0-9_-]')}`),
    open: true,
    source: 'https://developer.squareup.com/docs/build-basics/access-tokens',
    found: 'sq0atp-0123456789_Example-012',
    nearMiss: 'sq0atp-example',
  },
  {
    name: 'braintree-token',
    grammar: /access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}/,
    source: 'https://developer.paypal.com/braintree/docs/guides/extend/oauth/access-tokens',
    found: 'access_token$sandbox$0123456789abcdef$0123456789abcdef0123456789abcdef',
    nearMiss: 'access_token$sandbox$example',
  },
  {
    name: 'adyen-key',
    grammar: new RegExp(`AQE[a-z0-9]${atLeast(60, '[A-Za-z0-9+/=]')}`),
    open: true,
    source: 'https://docs.adyen.com/development-resources/api-credentials/',
    found: 'AQEyhmfxLIfMexample0123456789exampleExampleExampleExampleExampleExample01234567',
    nearMiss: 'AQEyhmfx and AQE',
  },
  {
    name: 'plaid-token',
    grammar: new RegExp(`(?:access|public|link)-(?:sandbox|development|production)-${UUID}`),
    source: 'https://plaid.com/docs/api/tokens/',
    found: 'access-sandbox-01234567-89ab-cdef-0123-456789abcdef',
    nearMiss: 'access-sandbox-example',
  },
  {
    name: 'flutterwave-key',
    grammar: /FLW(?:PUB|SEC)K(?:_TEST)?-[0-9a-zA-Z]{12,40}(?:-X)?/,
    source: 'https://developer.flutterwave.com/v3.0/docs/authentication',
    found: 'FLWSECK_TEST-0123456789abcdef0123456789abcdef-X',
    nearMiss: 'FLWSECK_TEST-example',
  },
  {
    name: 'razorpay-key',
    grammar: /rzp_(?:live|test)_[A-Za-z0-9]{14}/,
    source: 'https://razorpay.com/docs/api/authentication/',
    found: 'rzp_test_Example0123456',
    nearMiss: 'rzp_test_Example',
  },
  {
    name: 'gocardless-token',
    grammar: /live_[A-Za-z0-9_=-]{40}/,
    source: 'https://developer.gocardless.com/api-reference/#appendix-access-tokens',
    found: 'live_0123456789-ExampleExampleExampleExam0123',
    nearMiss: 'live_updates_for_the_sessions_of_all_tenants',
  },
  {
    name: 'easypost-key',
    grammar: /EZ[AT]K[A-Za-z0-9]{54}/,
    source: 'https://docs.easypost.com/docs/authentication',
    found: 'EZTK0123456789ExampleExampleExampleExampleExample012345678',
    nearMiss: 'EZTK0123456789',
  },
  {
    name: 'shippo-token',
    grammar: /shippo_(?:live|test)_[0-9A-Fa-f]{40}/,
    source: 'https://docs.goshippo.com/docs/guides_general/authentication/',
    found: 'shippo_test_0123456789abcdef0123456789abcdef01234567',
    nearMiss: 'shippo_test_example',
  },
  {
    name: 'lob-key',
    grammar: /(?:live|test)_(?:[0-9a-f]{35}|pub_[0-9a-f]{31})/,
    source: 'https://docs.lob.com/#section/API-Keys',
    found: 'test_0123456789abcdef0123456789abcdef012',
    nearMiss: 'test_0123456789abcdef',
  },
  {
    name: 'duffel-token',
    grammar: /duffel_(?:live|test)_[A-Za-z0-9_=-]{43}/,
    source: 'https://duffel.com/docs/api/overview/making-requests/authentication',
    found: 'duffel_test_0123456789-ExampleExampleExample_0123456789',
    nearMiss: 'duffel_test_example',
  },
])
