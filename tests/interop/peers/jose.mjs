// The jose library: compact JWS and JWT. Keys are JWKs.
//   sign({payload, header, key}): the text, over the payload's JSON
//   verify({text, key, typ, algorithm, audience, now}): {payload, header}; typ, aud and times are checked by the peer

import * as jose from 'jose';
import {converse} from './conversation.mjs';

await converse(async () => ({
  sign: async ({payload, header, key}) =>
    new jose.SignJWT(payload).setProtectedHeader(header).sign(await jose.importJWK(key, header.alg)),
  verify: async ({text, key, typ, algorithm, audience, now}) => {
    const options = {typ, algorithms: [algorithm], audience, currentDate: new Date(now)};
    const {payload, protectedHeader} = await jose.jwtVerify(text, await jose.importJWK(key, algorithm), options);
    return {payload, header: protectedHeader};
  },
}));
