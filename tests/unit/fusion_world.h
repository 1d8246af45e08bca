/* A territory KP of a few networks behind fusion: routing moved by hand (sim_world.h), voices made by the test, one look
 * of fusion each minute as the program does. */
#ifndef LANDLINE_TESTS_FUSION_WORLD_H
#define LANDLINE_TESTS_FUSION_WORLD_H

#include "core/fusion.h"
#include "sim_world.h"

#define FW_PEERS 40
#define FW_START 1419206400 /* 2014-12-22 00:00 UTC */
#define FW_NETS  8

struct fusion_world {
	struct world w;
	struct fusion *f;
	struct fusion_view view;
	struct voice voices[VOICES_MAX];
	size_t count;
	bool frozen;
	int nets[FW_NETS];
	unsigned net_count;
};

/* Bytes 10.0.i.0/24 for IPv4, 2001:db8:i::/48 for the networks from v4 on. */
static inline void fw_open(struct fusion_world *fw, unsigned v4, unsigned v6)
{
	char text[40];

	*fw = (struct fusion_world){.net_count = v4 + v6};
	world_open(&fw->w, FW_PEERS, 8, FW_START);
	for (unsigned i = 0; v6 && i < FW_PEERS; i++)
		world_session(&fw->w, i, 8, 6);
	for (unsigned i = 0; i < v4 + v6; i++) {
		snprintf(text, sizeof(text), i < v4 ? "10.0.%u.0/24" : "2001:db8:%u::/48", i);
		fw->nets[i] = world_watch(&fw->w, text);
		struct net_memory m = {.prefix = world_prefix(text),
				       .state = NET_UP,
				       .v0 = 1,
				       .learned_h = 24,
				       .since = world_wall(&fw->w, -9e5),
				       .saved = world_wall(&fw->w, -60)};
		judge_restore(fw->w.j, fw->nets[i], &m);
		world_snapshot(&fw->w, fw->nets[i], FW_PEERS);
	}
	fw->f = fusion_new(&fw->w.book, fw->w.j, "KP", fw->w.territory);
	world_to(&fw->w, 10);
}

static inline void fw_close(struct fusion_world *fw)
{
	fusion_free(fw->f);
	world_close(&fw->w);
}

/* Let time pass until second s, with a look each 30 s. */
static inline void fw_to(struct fusion_world *fw, double s)
{
	for (double at = fw->w.at; at < s;) {
		at = at + 30 < s ? at + 30 : s;
		world_to(&fw->w, at);
		fusion_run(fw->f, fw->voices, fw->count, fw->frozen, world_now(&fw->w), &fw->view);
	}
}

static inline struct voice *fw_voice(struct fusion_world *fw, unsigned class_bit, const char *name)
{
	for (size_t i = 0; i < fw->count; i++)
		if (!strcmp(fw->voices[i].name, name))
			return &fw->voices[i];
	struct voice *v = &fw->voices[fw->count++];
	*v = (struct voice){.class_bit = class_bit,
			    .says = VOICE_NORMAL,
			    .start_low = WALL_NONE,
			    .start = WALL_NONE,
			    .end = WALL_NONE,
			    .end_high = WALL_NONE,
			    .time = WALL_NONE,
			    .step_ms = 300000,
			    .value = NAN,
			    .baseline = NAN,
			    .loss_pct = NAN};
	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(v->source, sizeof(v->source), "test");
	return v;
}

/* A sample that ends now: loss below what is usual, in per cent. */
static inline void fw_says(struct fusion_world *fw, struct voice *v, enum voice_says says, double loss)
{
	bool alarm = says == VOICE_WARNING || says == VOICE_CRITICAL;
	struct wall now = world_wall(&fw->w, fw->w.at), low = {now.ms - v->step_ms};

	if (alarm && !wall_is_set(v->start)) {
		v->start = now;
		v->start_low = low;
		v->end = v->end_high = WALL_NONE;
	} else if (!alarm && says != VOICE_NO_DATA && wall_is_set(v->start)) {
		v->start = v->start_low = WALL_NONE;
		v->end = low;
		v->end_high = now;
	}
	v->says = says;
	v->loss_pct = loss;
	if (says != VOICE_NO_DATA)
		v->time = now;
	fusion_run(fw->f, fw->voices, fw->count, fw->frozen, world_now(&fw->w), &fw->view);
}

/* Networks from..from+count are seen by `have` peers now. */
static inline void fw_routes(struct fusion_world *fw, unsigned from, unsigned count, unsigned have)
{
	for (unsigned i = from; i < from + count; i++)
		world_set(&fw->w, fw->nets[i], have);
	fusion_run(fw->f, fw->voices, fw->count, fw->frozen, world_now(&fw->w), &fw->view);
}

static inline struct event *fw_event(struct fusion_world *fw)
{
	return world_event(&fw->w, SCOPE_TERRITORY, "KP");
}

static inline unsigned fw_events(const struct fusion_world *fw)
{
	unsigned n = 0;

	for (size_t i = 0; i < fw->w.book.count; i++)
		n += fw->w.book.events[i]->scope == SCOPE_TERRITORY;
	return n;
}

static inline const char *fw_text(struct fusion_world *fw)
{
	static char text[640];
	struct strbuf b;

	strbuf_init(&b, sizeof(text) - 1);
	event_text(fw_event(fw), world_wall(&fw->w, fw->w.at), &b);
	snprintf(text, sizeof(text), "%s", b.text ? b.text : "");
	strbuf_release(&b);
	return text;
}

#endif
