// COSE_Sign1 by the auth0 library. Bytes are hexadecimal; keys are JWKs; headers are lists of [label, value], where
// a value {hex} stands for bytes and {map} for a map in the same form.
//   sign({payload, protected, key}): the tagged structure
//   verify({data, key}): {payload, alg, kid}

import {Sign1} from '@auth0/cose';
import {importJWK} from 'jose';
import {converse, fromHex, toHex} from './conversation.mjs';

const names = {'-7': 'ES256', '-8': 'EdDSA', '-35': 'ES384'};
const map = entries => new Map(entries.map(([label, value]) => [label, built(value)]));
const built = value => value?.hex !== undefined ? fromHex(value.hex) : value?.map !== undefined ? map(value.map) : value;

await converse(async () => ({
  sign: async ({payload, protected: header, key}) => {
    const labels = map(header);
    const secret = await importJWK(key, names[labels.get(1)]);
    return toHex((await Sign1.sign(labels, undefined, fromHex(payload), secret)).encode());
  },
  verify: async ({data, key}) => {
    const found = Sign1.decode(fromHex(data));
    await found.verify(await importJWK(key, found.algName));
    return {payload: toHex(found.payload), alg: found.alg, kid: toHex(found.kid)};
  },
}));
