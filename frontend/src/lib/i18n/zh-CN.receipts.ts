/** 简体中文：成绩证明的文字。 */
import type { ReceiptCatalogue } from './messages';

export const zhCNReceipts: ReceiptCatalogue = {
	'proof.title': '签名回执',
	'proof.lead':
		'服务器对每个成绩以及关于成绩的每项决定签名，并把其哈希值写入只增不减的日志。以下内容由你的浏览器自行验证。',
	'proof.working': '正在验证…',
	'proof.none': '日志中还没有你可以看到的回执。成绩产生后需要片刻；排行榜冻结后，公众稍后才能看到。',
	'proof.earlier': '此提交还有更早的回执，未向你显示。',

	'proof.entry': '第 {index} 条',
	'proof.entry.hidden': '日志中有这一条，其内容尚未向你显示。',
	'proof.entry.scored': '在第 {version} 版测试集上评分。',
	'proof.entry.rescored': '在第 {version} 版测试集上重新计分。',
	'proof.entry.public': '公开部分：{n} 张图像中，top-5 错误 {top5} 张，top-1 错误 {top1} 张。',
	'proof.entry.whole': '整个测试集：{n} 张图像中，top-5 错误 {top5} 张，top-1 错误 {top1} 张。',
	'proof.entry.private': '非公开部分，与当时的承诺一致：{n} 张图像中，top-5 错误 {top5} 张，top-1 错误 {top1} 张。',
	'proof.entry.committed': '非公开部分的计数已作承诺，尚未公布。',
	'proof.entry.disqualified': '被主办方取消资格。',
	'proof.entry.hidden_by': '被主办方隐藏。',
	'proof.entry.restored': '已恢复，可再次出现在排行榜上。',
	'proof.entry.approved': '已获主办方批准。',
	'proof.entry.withdrawn': '已从榜单撤下。',
	'proof.entry.correction': '任务启用了第 {version} 版测试集。',

	'proof.entry.key': '从下一条起由另一个密钥签署日志。',

	'proof.proved': '已证明',
	'proof.proved.signed': {
		one: '日志的密钥签署了此回执，日志在此位置有这一条。',
		other: '日志的密钥签署了这些回执，日志在这些位置有这些条目，其间没有遗漏。'
	},
	'proof.proved.keys': {
		one: '日志的密钥更换过一次。该更换在日志中，由旧密钥和新密钥共同签名。',
		other: '日志的密钥更换过 {n} 次。每次更换都在日志中，由旧密钥和新密钥共同签名。'
	},
	'proof.proved.counts': '本页的计数与回执一致。',
	'proof.proved.first': '这是此浏览器第一次看到该日志的头部。浏览器会记住它，并与下一次的相比较。',
	'proof.proved.same': '该日志与此浏览器上次看到的相同。',
	'proof.proved.continues': '该日志延续了此浏览器上次看到的、大小为 {size} 的日志：其中没有任何更改、遗漏或插入。',
	'proof.not': '未证明',
	'proof.not.labels': '测试集的标签是否正确。',
	'proof.not.key': '密钥属于谁，因为它来自本服务器：请与主办方在别处公布的密钥比较。',
	'proof.not.others': '他人看到的是否是同一日志：请与他人比较其大小和根。',

	'proof.save': '保存回执',
	'proof.command': '不依赖本服务器验证所存文件的命令',
	'proof.command.hint': '在任何机器上验证所存文件：',

	'proof.refused.title': '此成绩未得到证明',
	'proof.refused.entry': '在第 {index} 条：',
	'proof.refused.advice': '请保存回执并询问主办方。',
	'proof.refused.form': '服务器的回答无法验证。',
	'proof.refused.forged': '签名有误：文字在签名后被更改。',
	'proof.refused.unknown_key': '不是由日志的密钥签名。',
	'proof.refused.unlinked': '没有密钥更换通向签名所用的密钥。',
	'proof.refused.key_order': '日志密钥的更换不是连续的：有一次缺失、被移动或不成立。',
	'proof.refused.key_not_in_use': '它由日志的另一个密钥签名，该密钥在此位置并未使用。',
	'proof.refused.other_log': '它属于另一个日志。',
	'proof.refused.tree': '日志在该位置没有此回执。',
	'proof.refused.says': '日志中的回执与服务器显示的不同。',
	'proof.refused.order': '有回执缺失、被移动或日期被提前。',
	'proof.refused.submission': '这是另一提交的回执。',
	'proof.refused.file': '这是另一文件的回执。',
	'proof.refused.counts': '非公开部分的计数与当时的承诺不符。',
	'proof.refused.other': '本页显示这一部分 {n} 张图像中错误 {shown} 张；签名回执为 {m} 张中 {said} 张。',

	'proof.broken.title': '该日志不是此浏览器以前看到的日志',
	'proof.broken.key': '服务器使用了另一个密钥签名，且没有密钥更换通向它。',
	'proof.broken.older': '它比以前短：有条目被截去。',
	'proof.broken.fork': '此浏览器看到过的条目被更改、遗漏或移动。',
	'proof.broken.no_proof': '服务器没有给出它延续以前日志的证明。',
	'proof.broken.kept':
		'此浏览器保留所看到的：日志 {log}，大小 {size}，根 {root}。请询问主办方。若他们能够解释，可在浏览器中删除本站数据，重新开始。',

	'proof.unable.insecure': '你的浏览器只在使用 TLS（https）的页面上验证签名。',
	'proof.unable.old': '你的浏览器不能验证 Ed25519 签名，较新的浏览器可以。',
	'proof.unable.advice': '此处没有任何证明。请保存回执，并用命令验证。',
	'proof.unable.head': '此处未验证日志；可用 holdout verify 验证。',

	'log.title': '成绩日志',
	'log.size': { one: '{n} 条', other: '{n} 条' },
	'log.copy': '复制根',
	'log.verified': '签名已验证',
	'log.continues': '已验证，并延续此浏览器以前看到的日志',
	'log.checkpoint': '检查点',
	'log.refused': '日志的签名头部无效'
};
