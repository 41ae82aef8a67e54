/** What servers write into the headers of invented mail on its way to a list. */
import { between, type Random } from "./archiveWords";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Signatures and tokens: text that does not compress, of which real headers hold some hundred bytes. */
export function noise(random: Random, length: number): string {
  let text = "";
  for (let at = 0; at < length; at++) text += alphabet[Math.floor(random() * 64)]!;
  return text;
}

/** Seconds as header fields have them. */
export function dateHeader(time: number): string {
  return new Date(time * 1000).toUTCString().replace("GMT", "+0000");
}

/**
 * What servers wrote above a mail's own fields: as long as on real lists, where it is two fifths of all bytes. Much of it
 * are signatures, which do not compress.
 */
export function routeOf(sent: number, random: Random): string[] {
  const received = sent + between(random, 1, 40);
  const signature = (): string => [64, 72, 72, 72, 58].map((length) => noise(random, length)).join("\n         ");
  const results = `dkim=pass header.d=example.org header.i=@example.org header.b=${noise(random, 8)};\n\tdmarc=pass (p=none dis=none) header.from=example.org;\n\tspf=pass (mx.example.org: domain of someone@example.org designates 192.0.2.${between(random, 1, 250)} as permitted sender)`;
  const hops = Array.from(
    { length: between(random, 3, 6) },
    (_, hop) =>
      `Received: from mail-${noise(random, 6)}.example.net (mail.example.net [198.51.100.${between(random, 1, 250)}])\n\t(using TLSv1.2 with cipher ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits))\n\t(No client certificate requested)\n\tby relay${hop}.example.org (Postfix) with ESMTPS id ${noise(random, 12)};\n\t${dateHeader(received - 1)}`,
  );
  return [
    `Received: from mx${between(random, 1, 9)}.example.org (mx.example.org [192.0.2.${between(random, 1, 250)}])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n\tby smtp.example.org (Postfix) with ESMTPS id ${noise(random, 10)}\n\tfor <kvm@vger.example.org>; ${dateHeader(received)}`,
    ...hops,
    "Authentication-Results: smtp.example.org;\n\tdkim=pass (2048-bit key) header.d=example.org header.i=@example.org",
    ...(random() < 0.5
      ? [
          `ARC-Seal: i=1; a=rsa-sha256; d=example.org; s=arc-20240116; t=${sent};\n        cv=none;\n        b=${signature()}==`,
          `ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=arc-20240116;\n        t=${sent}; c=relaxed/simple;\n        bh=${noise(random, 43)}=;\n        h=From:To:Cc:Subject:Date:Message-ID:In-Reply-To:References:MIME-Version;\n        b=${signature()}==`,
          `ARC-Authentication-Results: i=1; smtp.example.org;\n\t${results}`,
        ]
      : []),
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n        d=example.org; s=s${between(random, 1000, 9999)}; t=${sent}; x=${sent + 604800};\n        h=cc:to:from:subject:message-id:references:mime-version:in-reply-to\n         :date:from:to:cc:subject:date:message-id:reply-to;\n        bh=${noise(random, 43)}=;\n        b=${signature()}==`,
    `Authentication-Results: mx.example.org;\n\t${results}`,
    `X-Received: by 2002:a05:${noise(random, 4)} with SMTP id ${noise(random, 18)};\n ${dateHeader(received - 2)}`,
    "X-Original-To: kvm@vger.example.org",
    "Delivered-To: kvm@vger.example.org",
    "Return-Path: <someone@example.org>",
    "X-Spamd-Result: default: False [-5.70 / 15.00];\n\tREPLY(-4.00)[];\n\tARC_ALLOW(-1.00)[example.org:s=arc-20240116:i=1];\n\tMID_CONTAINS_FROM(1.00)[];\n\tDMARC_POLICY_ALLOW(-0.50)[example.org,none];\n\tR_SPF_ALLOW(-0.20)[+ip4:192.0.2.0/24:c];\n\tR_DKIM_ALLOW(-0.20)[example.org:s=default];\n\tMIME_GOOD(-0.10)[text/plain];\n\tHAS_LIST_UNSUB(-0.01)[];\n\tRCVD_COUNT_THREE(0.00)[4];\n\tFROM_HAS_DN(0.00)[];\n\tTO_DN_SOME(0.00)[]",
    "X-Rspamd-Action: no action",
    `X-Rspamd-Queue-Id: ${noise(random, 11)}`,
    "X-Rspamd-Server: lfdr",
    "X-Virus-Scanned: clean",
  ];
}
