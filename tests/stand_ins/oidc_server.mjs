// A tenant of Azure AD B2C and of Entra External ID on one loopback port: the certified server `oidc-provider` behind
// the paths, issuers and claims that Microsoft's services have. Started by tests/stand_ins/oidc.py.
//
//   node oidc_server.mjs settings.json
//
// `POST /stand-in/settings` changes settings while it runs: signing keys (rotation), people and their claims, and the
// addresses that the portal is registered with. What it cannot show: consent pages, multi-factor, Microsoft's own look.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createHash } from 'node:crypto';

import { Provider } from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf-8'));
const origin = `https://localhost:${settings.port}`;
const scopes = 'openid email profile offline_access';
const tokenSeconds = 3600;
const api = `urn:uuid:${settings.apiClientId}`; // inside: the server wants an address; tokens carry the bare id

// What each service puts into every token, beside what the person's own claims say.
const flavours = {
  b2c: {
    issuer: `${origin}/${settings.tenantId}/v2.0/`,
    apiScope: settings.b2cScope,
    claims: (login) => ({ ver: '1.0', tfp: settings.policy, oid: objectId(login), name: login, emails: [`${login}@example.org`] }),
  },
  ciam: {
    issuer: `${origin}/${settings.tenantId}/v2.0`,
    apiScope: settings.ciamScope,
    claims: (login) => ({ ver: '2.0', tid: settings.tenantId, oid: objectId(login), name: login, preferred_username: `${login}@example.org` }),
  },
};

function objectId(login) {
  const hex = createHash('sha256').update(login).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

// B2C's subject is the object id; Entra's is another one for every app (`pairwise`), so `oid` names the person there.
function makeProvider(flavour) {
  const { issuer, apiScope, claims } = flavours[flavour];
  const claimsOf = (login) => ({ ...claims(login), ...settings.people[login] });
  const client = {
    grant_types: ['authorization_code', 'refresh_token'],
    subject_type: flavour === 'ciam' ? 'pairwise' : 'public',
  };
  return new Provider(issuer, {
    adapter: undefined, // in memory, shared by both services and kept over a change of keys
    clients: [
      {
        ...client,
        client_id: settings.webClientId,
        client_secret: settings.webClientSecret,
        redirect_uris: settings.redirectUris,
        post_logout_redirect_uris: settings.postLogoutRedirectUris,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...client,
        client_id: settings.appClientId,
        redirect_uris: ['http://127.0.0.1/signed-in'], // any port: a native app
        application_type: 'native',
        token_endpoint_auth_method: 'none',
      },
    ],
    jwks: { keys: settings.keys },
    routes: {
      authorization: '/oauth2/v2.0/authorize',
      token: '/oauth2/v2.0/token',
      jwks: '/discovery/v2.0/keys',
      end_session: '/oauth2/v2.0/logout',
      userinfo: '/openid/v2.0/userinfo',
    },
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (ctx, accountId, app) => createHash('sha256').update(`${accountId} ${app.clientId}`).digest('base64url'),
    claims: { openid: ['sub', ...new Set(Object.values(settings.people).concat(claims('x')).flatMap(Object.keys))] },
    conformIdTokenClaims: false,
    scopes: scopes.split(' '),
    cookies: { keys: [settings.cookieKey] },
    clientBasedCORS: () => false,
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: subjectOf(id), ...claimsOf(loginOf(id)) }) }),
    interactions: { url: (ctx, interaction) => `/stand-in/${flavour}/interaction/${interaction.uid}` },
    issueRefreshToken: (ctx, app, code) => code.scopes.has('offline_access'),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope(scopes);
      grant.addResourceScope(api, apiScope);
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => (ctx.oidc.params?.scope?.split(' ').includes(apiScope) ? api : undefined),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: apiScope,
          audience: settings.apiClientId,
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenSeconds,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => { ctx.body = page('Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out everywhere</button>`); },
      },
    },
    formats: {
      customizers: {
        jwt: (ctx, token, parts) => {
          parts.header = { typ: 'JWT' };
          const { scope, client_id: azp, ...standard } = parts.payload;
          const own = claimsOf(loginOf(token.accountId));
          parts.payload = { ...standard, nbf: standard.iat, azp, scp: scope.split('/').at(-1), ...own };
        },
      },
    },
    ttl: { AccessToken: tokenSeconds, IdToken: tokenSeconds, Session: 86400, Grant: 86400, Interaction: 3600, AuthorizationCode: 300, RefreshToken: 86400 },
  });
}

// An account id is the object id; who it belongs to is found again among those who have signed in.
const logins = new Map();
const loginOf = (id) => logins.get(id) ?? id;
const subjectOf = (id) => settings.people[loginOf(id)]?.sub ?? id;

let providers = {};
function build() {
  providers = { b2c: makeProvider('b2c'), ciam: makeProvider('ciam') };
}

function page(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function interact(request, response, flavour) {
  const provider = providers[flavour];
  const { prompt } = await provider.interactionDetails(request, response);
  if (prompt.name === 'consent') { // asked of native apps; Microsoft's services are set up not to ask
    await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
    return;
  }
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(page('Sign in to the organisation', `<form method="post"><label>Login <input name="login"></label>
      <label>Password <input name="password" type="password"></label><button>Continue</button></form>`));
    return;
  }
  const login = new URLSearchParams(await bodyOf(request)).get('login');
  const accountId = objectId(login);
  logins.set(accountId, login);
  await provider.interactionFinished(request, response, { login: { accountId } });
}

// Where B2C and Entra have their pages: [pattern of the mount, service].
const tenantName = `${settings.tenant}.onmicrosoft.com`;
const mounts = [
  [new RegExp(`^/${tenantName}/${settings.policy}(?=/)`, 'i'), 'b2c'],
  [new RegExp(`^/${tenantName}(?=/)`, 'i'), 'b2c'],
  [new RegExp(`^/${settings.tenantId}(?=/)`, 'i'), 'ciam'],
];

async function answer(request, response) {
  if (request.url === '/stand-in/settings') {
    Object.assign(settings, JSON.parse(await bodyOf(request)));
    build();
    response.end('{}');
    return;
  }
  const interaction = request.url.match(/^\/stand-in\/(b2c|ciam)\/interaction\//);
  if (interaction) {
    await interact(request, response, interaction[1]);
    return;
  }
  for (const [mount, flavour] of mounts) {
    const found = request.url.match(mount);
    if (found) {
      request.url = request.url.slice(found[0].length).replace(/^\/v2\.0\/\.well-known\//, '/.well-known/');
      request.originalUrl = found[0] + request.url;
      providers[flavour].callback()(request, response);
      return;
    }
  }
  response.statusCode = 404;
  response.end();
}

build();
createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.certificateKey) }, (request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
}).listen(settings.port, '127.0.0.1', () => console.log('ready'));
