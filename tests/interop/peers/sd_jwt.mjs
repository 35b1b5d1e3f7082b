// SD-JWT VC. Given {keys: {EdDSA: {issuer, holder}, ES256: {issuer, holder}} as private JWKs, now}.
//   issue({alg, claims, frame, header}): the text
//   present({alg, text, frame, binding}): with the holder's key, where there is a binding {iat, aud, nonce}
//   verify({alg, text, nonce}): {payload, binding}, or throws why not

import {digest, ES256, generateSalt} from '@sd-jwt/crypto-nodejs';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {converse} from './conversation.mjs';
import {webcrypto} from 'node:crypto';

const fromText = text => new Uint8Array(Buffer.from(text, 'base64url'));
const bytes = text => new TextEncoder().encode(text);
const publicOf = ({d, ...jwk}) => jwk;

const eddsa = {
  async getSigner(jwk) {
    const key = await webcrypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign']);
    return async data => Buffer.from(await webcrypto.subtle.sign('Ed25519', key, bytes(data))).toString('base64url');
  },
  async getVerifier(jwk) {
    const key = await webcrypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify']);
    return (data, signature) => webcrypto.subtle.verify('Ed25519', key, fromText(signature), bytes(data));
  },
};
const algorithms = {ES256, EdDSA: eddsa};

await converse(async ({keys, now}) => {
  const instance = async (alg, holderAlg, hashAlg) => {
    const {issuer} = keys[alg];
    const {holder} = keys[holderAlg];
    return new SDJwtVcInstance({
      signer: await algorithms[alg].getSigner(issuer),
      verifier: await algorithms[alg].getVerifier(publicOf(issuer)),
      signAlg: alg,
      hasher: digest,
      hashAlg: hashAlg ?? 'sha-256',
      saltGenerator: generateSalt,
      kbSigner: await algorithms[holderAlg].getSigner(holder),
      kbSignAlg: holderAlg,
      kbVerifier: async (data, signature, payload) =>
        (await algorithms[holderAlg].getVerifier(payload.cnf.jwk))(data, signature),
    });
  };
  return {
    issue: async ({alg, holder, claims, frame, header, hash}) =>
      (await instance(alg, holder, hash)).issue(claims, frame, {header}),
    present: async ({alg, holder, text, frame, binding}) =>
      (await instance(alg, holder)).present(text, frame, binding && {kb: {payload: binding}}),
    verify: async ({alg, holder, text, nonce}) => {
      const {payload, kb} = await (await instance(alg, holder)).verify(text, {keyBindingNonce: nonce, currentDate: now});
      return {payload, binding: kb?.payload ?? null};
    },
  };
});
