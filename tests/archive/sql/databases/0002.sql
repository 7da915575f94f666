BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE attempts (
	run TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	island BIGINT NOT NULL, 
	parents TEXT NOT NULL, 
	inspirations TEXT NOT NULL, 
	state TEXT NOT NULL, 
	"plan" TEXT, 
	idea TEXT NOT NULL, 
	note TEXT NOT NULL, 
	started TEXT NOT NULL, 
	ended TEXT, 
	CONSTRAINT pk_attempts PRIMARY KEY (run, number), 
	CONSTRAINT fk_attempts_run FOREIGN KEY(run) REFERENCES runs (id)
);
INSERT INTO "attempts" VALUES('1295e354035e',1,0,'["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','[]','done','{"idea":"jitter rows: move 3 of 26 rows of constants by about 8.3% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 2 of 26 rows of constants by about 5.7% of their spread"],"lessons":[]}','jitter rows: move 3 of 26 rows of constants by about 8.3% of their spread','','2026-11-22T18:15:38.631894+00:00','2026-11-22T18:15:38.845513+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',2,1,'["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','[]','done','{"idea":"copy a constant: give 1 of 54 constants the value of another one, or the mean of both","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 4 of 26 rows of constants by about 6.1% of their spread"],"lessons":[]}','copy a constant: give 1 of 54 constants the value of another one, or the mean of both','','2026-11-22T18:15:38.632176+00:00','2026-11-22T18:15:38.768179+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',3,0,'["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','[]','done','{"idea":"jitter rows: move 1 of 26 rows of constants by about 9% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 1 of 26 rows of constants by about 2.7% of their spread"],"lessons":[1]}','jitter rows: move 1 of 26 rows of constants by about 9% of their spread','','2026-11-22T18:15:38.773747+00:00','2026-11-22T18:15:38.828571+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',4,1,'["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','[]','done','{"idea":"jitter rows: move 1 of 26 rows of constants by about 7.2% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 1 of 26 rows of constants by about 4.4% of their spread"],"lessons":[1,2]}','jitter rows: move 1 of 26 rows of constants by about 7.2% of their spread','','2026-11-22T18:15:38.830876+00:00','2026-11-22T18:15:38.881277+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',5,0,'["d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084"]','[]','done','{"idea":"jitter rows: move 4 of 26 rows of constants by about 2.6% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 3 of 26 rows of constants by about 8.4% of their spread"],"lessons":[1,3,2]}','jitter rows: move 4 of 26 rows of constants by about 2.6% of their spread','','2026-11-22T18:15:38.846335+00:00','2026-11-22T18:15:38.990133+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',6,1,'["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','[]','done','{"idea":"jitter rows: move 3 of 26 rows of constants by about 6.9% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 2 of 26 rows of constants by about 7.1% of their spread"],"lessons":[1,4,3,2]}','jitter rows: move 3 of 26 rows of constants by about 6.9% of their spread','','2026-11-22T18:15:38.882554+00:00','2026-11-22T18:15:38.935276+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',7,0,'["d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084"]','[]','done','{"idea":"jitter constants: move 3 of 54 constants by about 16% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 4 of 26 rows of constants by about 7.9% of their spread"],"lessons":[1,4,3,2,5]}','jitter constants: move 3 of 54 constants by about 16% of their spread','','2026-11-22T18:15:38.935996+00:00','2026-11-22T18:15:39.026692+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',8,1,'["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','done','{"idea":"jitter rows: move 2 of 26 rows of constants by about 14% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter constants: move 1 of 54 constants by about 47% of their spread"],"lessons":[3,1,2,4,6]}','jitter rows: move 2 of 26 rows of constants by about 14% of their spread','','2026-11-22T18:15:38.991299+00:00','2026-11-22T18:15:39.092505+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',9,0,'["0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912"]','[]','done','{"idea":"jitter rows: move 1 of 26 rows of constants by about 19% of their spread","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 4 of 26 rows of constants by about 7.4% of their spread"],"lessons":[1,3,2,4,7]}','jitter rows: move 1 of 26 rows of constants by about 19% of their spread','','2026-11-22T18:15:39.027925+00:00','2026-11-22T18:15:39.119015+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',10,1,'["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','done','{"idea":"scale a group: stretch or shrink 1 of 1 lists of constants by about 1.3%","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 3 of 26 rows of constants by about 5% of their spread"],"lessons":[1,3,2,4,8]}','scale a group: stretch or shrink 1 of 1 lists of constants by about 1.3%','','2026-11-22T18:15:39.093977+00:00','2026-11-22T18:15:39.213629+00:00');
INSERT INTO "attempts" VALUES('1295e354035e',11,0,'["0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912"]','["4db0b312ed27e91981448b4e9d071c162e8f314621e4266f4157b234775cbb2b"]','done','{"idea":"introduce a factor: multiply 1 of 25 expressions by a constant about 6.7% away from one","steps":["Draw at random what to change, inside the evolve block only."],"expects":"Unknown: this is a blind step of a program editor, and the score decides.","rejected":["jitter rows: move 2 of 26 rows of constants by about 8.5% of their spread"],"lessons":[1,3,7,2,4]}','introduce a factor: multiply 1 of 25 expressions by a constant about 6.7% away from one','','2026-11-22T18:15:39.119957+00:00','2026-11-22T18:15:39.213914+00:00');
CREATE TABLE births (
	id INTEGER NOT NULL, 
	run TEXT NOT NULL, 
	program TEXT NOT NULL, 
	parent TEXT, 
	parents TEXT NOT NULL, 
	inspirations TEXT NOT NULL, 
	operator TEXT NOT NULL, 
	island BIGINT NOT NULL, 
	attempt BIGINT, 
	round BIGINT, 
	slot BIGINT, 
	model TEXT, 
	at TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	cell TEXT, 
	improvement DOUBLE NOT NULL, 
	displaced TEXT, 
	record BOOLEAN NOT NULL, 
	reindexed BOOLEAN NOT NULL, 
	CONSTRAINT pk_births PRIMARY KEY (id), 
	CONSTRAINT fk_births_run FOREIGN KEY(run) REFERENCES runs (id), 
	CONSTRAINT fk_births_program FOREIGN KEY(program) REFERENCES programs (id), 
	CONSTRAINT fk_births_run_attempt FOREIGN KEY(run, attempt) REFERENCES attempts (run, number), 
	CONSTRAINT ck_births_slot CHECK ((attempt IS NULL) = (round IS NULL) AND (attempt IS NULL) = (slot IS NULL)), 
	CONSTRAINT ck_births_finite_improvement CHECK (improvement IS NULL OR (improvement - improvement = 0) IS TRUE)
);
INSERT INTO "births" VALUES(1,'1295e354035e','4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb',NULL,'[]','[]','seed',0,NULL,NULL,NULL,NULL,'2026-11-22T18:15:38.614791+00:00','valid','new','3,6',0.0,NULL,1,0);
INSERT INTO "births" VALUES(2,'1295e354035e','4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb',NULL,'[]','[]','migrate',1,NULL,NULL,NULL,NULL,'2026-11-22T18:15:38.614888+00:00','valid','new','3,6',0.0,NULL,0,0);
INSERT INTO "births" VALUES(3,'1295e354035e','472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb','["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','[]','diff',1,2,0,0,'embedded','2026-11-22T18:15:38.746921+00:00','valid','new','4,6',0.0,NULL,1,0);
INSERT INTO "births" VALUES(4,'1295e354035e','d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084','4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb','["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','[]','rewrite',0,3,0,0,'embedded','2026-11-22T18:15:38.825245+00:00','valid','new','3,4',0.0,NULL,0,0);
INSERT INTO "births" VALUES(5,'1295e354035e','4db0b312ed27e91981448b4e9d071c162e8f314621e4266f4157b234775cbb2b','4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb','["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','[]','diff',0,1,0,0,'embedded','2026-11-22T18:15:38.842500+00:00','valid','improved','3,6',1.6641171237633534119e-02,'4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb',0,0);
INSERT INTO "births" VALUES(6,'1295e354035e','864eb9fc9cffdc19b0c09f5828731fa022a80db22d8a26f890baec213e3d667f','472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','[]','diff',1,4,0,0,'embedded','2026-11-22T18:15:38.877398+00:00','valid','refused','4,6',0.0,NULL,0,0);
INSERT INTO "births" VALUES(7,'1295e354035e','70dc357e2c15cea34c49e4f01571816e607ab3aff46e0caba70f0b9a63ebc142','472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','[]','diff',1,6,0,0,'embedded','2026-11-22T18:15:38.930709+00:00','valid','new','5,6',0.0,NULL,0,0);
INSERT INTO "births" VALUES(8,'1295e354035e','0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912','d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084','["d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084"]','[]','diff',0,5,0,0,'embedded','2026-11-22T18:15:38.982457+00:00','valid','improved','3,4',1.0677288762991565818e-02,'d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084',1,0);
INSERT INTO "births" VALUES(9,'1295e354035e','9bb32c58002e0ac4dd6cddc0038e8cab805f6ed1ed9ccfc2572f9c44922d9b11','d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084','["d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084"]','[]','diff',0,7,0,0,'embedded','2026-11-22T18:15:39.022033+00:00','invalid','refused',NULL,0.0,NULL,0,0);
INSERT INTO "births" VALUES(10,'1295e354035e','22937a99a60684926d2bec8eda6b16f3ebd2444da2fb5e0acb59633f7d3e987c','472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','diff',1,8,0,0,'embedded','2026-11-22T18:15:39.084305+00:00','valid','refused','4,6',0.0,NULL,0,0);
INSERT INTO "births" VALUES(11,'1295e354035e','5e3fb348bb88878fdc3935bdb3f7a7cc98aeb60941707e5866816d074f732bbe','0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912','["0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912"]','[]','diff',0,9,0,0,'embedded','2026-11-22T18:15:39.116051+00:00','valid','new','4,6',0.0,NULL,0,0);
INSERT INTO "births" VALUES(12,'1295e354035e','2fb7dc7196fac491e70f3423a4db9e2228a890565d42b3f79d252f615a707d0e','472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','["472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596"]','["4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb"]','diff',1,10,0,0,'embedded','2026-11-22T18:15:39.207650+00:00','valid','new','4,5',0.0,NULL,1,0);
INSERT INTO "births" VALUES(13,'1295e354035e','50c362a7a6cb16e03d619fb376a64aab780378da1fb034b979088fae9372721a','0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912','["0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912"]','["4db0b312ed27e91981448b4e9d071c162e8f314621e4266f4157b234775cbb2b"]','crossover',0,11,0,0,'embedded','2026-11-22T18:15:39.208508+00:00','valid','improved','4,6',2.91987092774752543533e-02,'5e3fb348bb88878fdc3935bdb3f7a7cc98aeb60941707e5866816d074f732bbe',0,0);
CREATE TABLE calls (
	id INTEGER NOT NULL, 
	run TEXT NOT NULL, 
	attempt BIGINT NOT NULL, 
	purpose TEXT NOT NULL, 
	ordinal BIGINT NOT NULL, 
	model TEXT NOT NULL, 
	request TEXT NOT NULL, 
	prompt TEXT NOT NULL, 
	response TEXT NOT NULL, 
	status TEXT NOT NULL, 
	tokens_in BIGINT NOT NULL, 
	tokens_out BIGINT NOT NULL, 
	tokens_cached BIGINT NOT NULL, 
	dollars DOUBLE NOT NULL, 
	latency DOUBLE NOT NULL, 
	error TEXT NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_calls PRIMARY KEY (id), 
	CONSTRAINT fk_calls_run FOREIGN KEY(run) REFERENCES runs (id), 
	CONSTRAINT ck_calls_finite_dollars CHECK (dollars IS NULL OR (dollars - dollars = 0) IS TRUE), 
	CONSTRAINT ck_calls_finite_latency CHECK (latency IS NULL OR (latency - latency = 0) IS TRUE)
);
INSERT INTO "calls" VALUES(1,'1295e354035e',1,'plan',0,'embedded','4d7e25939537f79de892f3c3e20e89e1a42e4b3c00a36c99721a7dff63525595','[]','{"idea": "jitter rows: move 3 of 26 rows of constants by about 8.3% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind st','ok',961,85,0,0.0,7.42898500175215303897e-03,'','2026-11-22T18:15:38.658875+00:00');
INSERT INTO "calls" VALUES(2,'1295e354035e',2,'plan',0,'embedded','06424397f172a3ab233ff6f77be612dcf7b34ba6f4389488c34f287585611bfe','[]','{"idea": "copy a constant: give 1 of 54 constants the value of another one, or the mean of both", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this i','ok',961,88,0,0.0,9.33640799848944880068e-03,'','2026-11-22T18:15:38.661649+00:00');
INSERT INTO "calls" VALUES(3,'1295e354035e',1,'execute',0,'embedded','279985c5382b720831735d164a704c0671d445f75139d15f436e1174ec85381b','[]','Jitter rows: move 3 of 26 rows of constants by about 8.3% of their spread.

<<<<<<< SEARCH
    [0.90, 0.08],
=======
    [0.886711, 0.0797338],
>>>>>>> REPLACE

<<<<<<< SEARCH
    [0.72, 0.53],
======','ok',1010,82,0,0.0,3.22156200127210468053e-03,'','2026-11-22T18:15:38.670782+00:00');
INSERT INTO "calls" VALUES(4,'1295e354035e',2,'execute',0,'embedded','7587c2442d468763f7d868d59e5e5469529ade9e84f94466d8a696557d81bac8','[]','Copy a constant: give 1 of 54 constants the value of another one, or the mean of both.

<<<<<<< SEARCH
    [0.47, 0.66],
=======
    [0.47, 0.68],
>>>>>>> REPLACE
','ok',1013,41,0,0.0,2.3129280016291886568e-03,'','2026-11-22T18:15:38.674195+00:00');
INSERT INTO "calls" VALUES(5,'1295e354035e',2,'summarize',0,'embedded','395dea8f25ced556edca6b3237e5016df2eaa8020e36aef54607becc9f60e130','[]','{"kind": "insight", "lesson": "Copy a constant: give 1 of 54 constants the value of another one, or the mean of both improved sum_radii from 1.9967 to 2.0161."}','ok',751,40,0,0.0,2.1159950010769534856e-03,'','2026-11-22T18:15:38.767509+00:00');
INSERT INTO "calls" VALUES(6,'1295e354035e',3,'plan',0,'embedded','48378f99ad788237d6a01e2b27413c39c61fc14c88a47016ebee4a7c7f55ac65','[]','{"idea": "jitter rows: move 1 of 26 rows of constants by about 9% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind step','ok',1036,85,0,0.0,2.48717800059239380061e-03,'','2026-11-22T18:15:38.781465+00:00');
INSERT INTO "calls" VALUES(7,'1295e354035e',3,'execute',0,'embedded','53ddb7c9c59acec645b3d27519c92e6312db4d4b54339a556f945d0deeefaaa6','[]','Jitter rows: move 1 of 26 rows of constants by about 9% of their spread.

```python
import math

# EVOLVE-BLOCK-START
CENTRES = [
    [0.07, 0.12],
    [0.31, 0.10],
    [0.48, 0.12],
    [0.72, 0.10]','ok',1036,409,0,0.0,3.11102800333173945546e-03,'','2026-11-22T18:15:38.788074+00:00');
INSERT INTO "calls" VALUES(8,'1295e354035e',3,'summarize',0,'embedded','dc964e11c213a121879e4a7313d77f97832bf05e1d70a3288e2f034b49aa6057','[]','{"kind": "insight", "lesson": "Jitter rows: move 1 of 26 rows of constants by about 9% of their spread improved sum_radii from 1.9967 to 2.01489."}','ok',790,37,0,0.0,1.37029300094582140445e-03,'','2026-11-22T18:15:38.828187+00:00');
INSERT INTO "calls" VALUES(9,'1295e354035e',4,'plan',0,'embedded','91e52d49c8dd8f48309bdaa74297767a758ec89f9d4d691a31ddee37f3fcc6c3','[]','{"idea": "jitter rows: move 1 of 26 rows of constants by about 7.2% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind st','ok',1062,85,0,0.0,2.631373001349857077e-03,'','2026-11-22T18:15:38.834573+00:00');
INSERT INTO "calls" VALUES(10,'1295e354035e',4,'execute',0,'embedded','89622fe96c41a9275fba8947e9b98ea60d5819e027c7e900220dcb1dd0e4fc14','[]','Jitter rows: move 1 of 26 rows of constants by about 7.2% of their spread.

<<<<<<< SEARCH
    [0.72, 0.10],
=======
    [0.704733, 0.0734074],
>>>>>>> REPLACE
','ok',1111,40,0,0.0,2.10832299853791482746e-03,'','2026-11-22T18:15:38.837735+00:00');
INSERT INTO "calls" VALUES(11,'1295e354035e',1,'summarize',0,'embedded','a5158701764f1f4ab8d2f41ba5ab6af7582f6938500707a6436495e70da2c462','[]','{"kind": "insight", "lesson": "Jitter rows: move 3 of 26 rows of constants by about 8.3% of their spread improved sum_radii from 1.9967 to 2.01334."}','ok',816,38,0,0.0,1.24266299826558679342e-03,'','2026-11-22T18:15:38.845131+00:00');
INSERT INTO "calls" VALUES(12,'1295e354035e',5,'plan',0,'embedded','7d7a5d53f9e9315bc18379661aa71e549356e5c78b6cae4951844a8242583fa6','[]','{"idea": "jitter rows: move 4 of 26 rows of constants by about 2.6% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind st','ok',1094,85,0,0.0,2.92279700079234316945e-03,'','2026-11-22T18:15:38.850138+00:00');
INSERT INTO "calls" VALUES(13,'1295e354035e',5,'execute',0,'embedded','c8ec40b7311f76919b56f683680a130eb4ba5fa87d5c9c365ddd165035f4a120','[]','Jitter rows: move 4 of 26 rows of constants by about 2.6% of their spread.

<<<<<<< SEARCH
    [0.31, 0.27],
=======
    [0.322317, 0.269886],
>>>>>>> REPLACE

<<<<<<< SEARCH
    [0.42, 0.47],
=======','ok',1143,103,0,0.0,2.46388300001854076981e-03,'','2026-11-22T18:15:38.854289+00:00');
INSERT INTO "calls" VALUES(14,'1295e354035e',4,'summarize',0,'embedded','b7f39dbd3fd915f1493b86622fb970f31b638aa139732c1dc42c9f2c461be57d','[]','{"kind": "exploration", "lesson": "Jitter rows: move 1 of 26 rows of constants by about 7.2% of their spread worsened sum_radii from 2.0161 to 2.00521."}','ok',750,39,0,0.0,1.2603490031324326992e-03,'','2026-11-22T18:15:38.880534+00:00');
INSERT INTO "calls" VALUES(15,'1295e354035e',6,'plan',0,'embedded','4bf3ed4017dd61605b0be8ebe182104edc860a58602703b83865c6e1c11eedfb','[]','{"idea": "jitter rows: move 3 of 26 rows of constants by about 6.9% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind st','ok',1162,85,0,0.0,1.60370099911233410239e-03,'','2026-11-22T18:15:38.885292+00:00');
INSERT INTO "calls" VALUES(16,'1295e354035e',6,'execute',0,'embedded','acc052aa7dc70c677038f474cfe636b23eebab49fa48aa713feec5f79b0fbdb8','[]','Jitter rows: move 3 of 26 rows of constants by about 6.9% of their spread.

<<<<<<< SEARCH
    [0.07, 0.12],
=======
    [0.0512188, 0.110322],
>>>>>>> REPLACE

<<<<<<< SEARCH
    [0.72, 0.10],
======','ok',1211,83,0,0.0,2.10174300082144327461e-03,'','2026-11-22T18:15:38.888470+00:00');
INSERT INTO "calls" VALUES(17,'1295e354035e',6,'summarize',0,'embedded','0386bc303f1c4268d2e8c6ddde7b689a5402ff6a71be8761c970006b3e4c3301','[]','{"kind": "exploration", "lesson": "Jitter rows: move 3 of 26 rows of constants by about 6.9% of their spread worsened sum_radii from 2.0161 to 1.94384."}','ok',835,39,0,0.0,2.64483299906714819371e-03,'','2026-11-22T18:15:38.934850+00:00');
INSERT INTO "calls" VALUES(18,'1295e354035e',7,'plan',0,'embedded','cb9fcdde1b6bb4cd97e391eb1bb34ad62e266f9aa17763d8c91fc1087adfc395','[]','{"idea": "jitter constants: move 3 of 54 constants by about 16% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind step o','ok',1160,84,0,0.0,1.44575599915697239339e-03,'','2026-11-22T18:15:38.940186+00:00');
INSERT INTO "calls" VALUES(19,'1295e354035e',7,'execute',0,'embedded','55f8450f2a178cb801d5e54dc5eeb8cc6d90504f31649b25f1f96b424870b7cc','[]','Jitter constants: move 3 of 54 constants by about 16% of their spread.

<<<<<<< SEARCH
    [0.72, 0.10],
=======
    [0.72, 0.166956],
>>>>>>> REPLACE

<<<<<<< SEARCH
    [0.93, 0.88],
=======
    [0.','ok',1208,83,0,0.0,2.00087199846166186034e-03,'','2026-11-22T18:15:38.944472+00:00');
INSERT INTO "calls" VALUES(20,'1295e354035e',5,'summarize',0,'embedded','bab00a1a37dff804675b004bfaa83683f4e97764ed5842f679b1eb6639e45162','[]','{"kind": "insight", "lesson": "Jitter rows: move 4 of 26 rows of constants by about 2.6% of their spread improved sum_radii from 2.01489 to 2.02557."}','ok',837,38,0,0.0,5.5660369980614632368e-03,'','2026-11-22T18:15:38.989667+00:00');
INSERT INTO "calls" VALUES(21,'1295e354035e',8,'plan',0,'embedded','24b2e00239c18abe428ee2e80bb69b9c203b19e96c969b7dd38521821b558bca','[]','{"idea": "jitter rows: move 2 of 26 rows of constants by about 14% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind ste','ok',1713,84,0,0.0,3.92213699888088740408e-03,'','2026-11-22T18:15:38.996333+00:00');
INSERT INTO "calls" VALUES(22,'1295e354035e',8,'execute',0,'embedded','abdaed2ae677089fdd341d541dd93c9c0d0dba665b26899c9f7ef10cd527d1b9','[]','Jitter rows: move 2 of 26 rows of constants by about 14% of their spread.

<<<<<<< SEARCH
    [0.48, 0.12],
=======
    [0.476869, 0.15518],
>>>>>>> REPLACE

<<<<<<< SEARCH
    [0.10, 0.70],
=======
 ','ok',1271,61,0,0.0,2.21996899927034974098e-03,'','2026-11-22T18:15:39.003866+00:00');
INSERT INTO "calls" VALUES(23,'1295e354035e',7,'summarize',0,'embedded','452825b048714b8791b8c2b4eebd73ff481d20eafe18c1d12e6de6862fae4a71','[]','{"kind": "mistake", "lesson": "Jitter constants: move 3 of 54 constants by about 16% of their spread led to a program that was not valid (invalid)."}','ok',810,38,0,0.0,1.73525600257562473416e-03,'','2026-11-22T18:15:39.025688+00:00');
INSERT INTO "calls" VALUES(24,'1295e354035e',9,'plan',0,'embedded','e85e63c3a37007f994f8fb9622acd963c6900e938399cc834c1a87e64fdb64f3','[]','{"idea": "jitter rows: move 1 of 26 rows of constants by about 19% of their spread", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind ste','ok',1217,85,0,0.0,8.32151500071631744503e-03,'','2026-11-22T18:15:39.042339+00:00');
INSERT INTO "calls" VALUES(25,'1295e354035e',9,'execute',0,'embedded','9f3ac4695d24c3a5b71dbb3e4e13151875d73c933c17a6a6cb25cbd8dff38a96','[]','Jitter rows: move 1 of 26 rows of constants by about 19% of their spread.

<<<<<<< SEARCH
    [0.902078, 0.238178],
=======
    [0.947399, 0.269056],
>>>>>>> REPLACE
','ok',1265,42,0,0.0,2.85619699934613890945e-03,'','2026-11-22T18:15:39.047512+00:00');
INSERT INTO "calls" VALUES(26,'1295e354035e',8,'summarize',0,'embedded','c11d86642bf924f65a2d1548ce113cf4ef3fa31a7caaa35db73ee2c49d54dc80','[]','{"kind": "exploration", "lesson": "Jitter rows: move 2 of 26 rows of constants by about 14% of their spread worsened sum_radii from 2.0161 to 1.96208."}','ok',851,38,0,0.0,1.41240599987213499844e-03,'','2026-11-22T18:15:39.091788+00:00');
INSERT INTO "calls" VALUES(27,'1295e354035e',10,'plan',0,'embedded','17560fb6c92d74b9999b279ad6daa9d79126e700b3242ceca74bde0da9703bad','[]','{"idea": "scale a group: stretch or shrink 1 of 1 lists of constants by about 1.3%", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this is a blind ste','ok',1742,84,0,0.0,1.54520400246838107705e-03,'','2026-11-22T18:15:39.096550+00:00');
INSERT INTO "calls" VALUES(28,'1295e354035e',10,'execute',0,'embedded','5e10f7575079d59a26ef97df26c0c798b2f324a0ffcc2eeccf00db2d4ef0aff4','[]','Scale a group: stretch or shrink 1 of 1 lists of constants by about 1.3%.

<<<<<<< SEARCH
    [0.07, 0.12],
    [0.31, 0.10],
    [0.48, 0.12],
    [0.72, 0.10],
    [0.90, 0.08],
    [0.06, 0.29],
  ','ok',1299,315,0,0.0,2.62413199743605218827e-03,'','2026-11-22T18:15:39.104511+00:00');
INSERT INTO "calls" VALUES(29,'1295e354035e',9,'summarize',0,'embedded','6b6b07a7dd02179ca8e2ffd977390229a3baf0530e41696d1c3eeee94a6f1160','[]','{"kind": "exploration", "lesson": "Jitter rows: move 1 of 26 rows of constants by about 19% of their spread worsened sum_radii from 2.02557 to 1.99998."}','ok',752,39,0,0.0,1.14156199924764223396e-03,'','2026-11-22T18:15:39.118588+00:00');
INSERT INTO "calls" VALUES(30,'1295e354035e',11,'plan',0,'embedded','f7c5a73a6dbeedc96b82ba04476b10ca1197362ef8283e2e9b80fac0140d465a','[]','{"idea": "introduce a factor: multiply 1 of 25 expressions by a constant about 6.7% away from one", "steps": ["Draw at random what to change, inside the evolve block only."], "expects": "Unknown: this','ok',1749,89,0,0.0,2.59747200107085518538e-03,'','2026-11-22T18:15:39.123850+00:00');
INSERT INTO "calls" VALUES(31,'1295e354035e',11,'execute',0,'embedded','986b25ef67d4e982610841430c3fbf3e0a0b38f64ad84a4f5f4ffcb735d8066f','[]','Introduce a factor: multiply 1 of 25 expressions by a constant about 6.7% away from one.

```python
import math

# EVOLVE-BLOCK-START
CENTRES = [
    [0.07, 0.12],
    [0.31, 0.10],
    [0.48, 0.12],
','ok',1770,424,0,0.0,1.08043170002929400652e-02,'','2026-11-22T18:15:39.136696+00:00');
INSERT INTO "calls" VALUES(32,'1295e354035e',10,'summarize',0,'embedded','7c43dc50dd9d3e5239081f6c334df68cdbff38fc3e282be18fba6d3c2185dc93','[]','{"kind": "insight", "lesson": "Scale a group: stretch or shrink 1 of 1 lists of constants by about 1.3% improved sum_radii from 2.0161 to 2.04091."}','ok',1123,37,0,0.0,1.39419900006032548844e-03,'','2026-11-22T18:15:39.211238+00:00');
INSERT INTO "calls" VALUES(33,'1295e354035e',11,'summarize',0,'embedded','75d86e4d6c71f473b98441cabea43dcbbba98db1ef538377ecd58fb7cf7bf7ff','[]','{"kind": "insight", "lesson": "Introduce a factor: multiply 1 of 25 expressions by a constant about 6.7% away from one improved sum_radii from 2.02557 to 2.02918."}','ok',825,41,0,0.0,0.000929185000131838,'','2026-11-22T18:15:39.213273+00:00');
CREATE TABLE curve (
	id INTEGER NOT NULL, 
	run TEXT NOT NULL, 
	evaluations BIGINT NOT NULL, 
	seconds DOUBLE NOT NULL, 
	fitness DOUBLE NOT NULL, 
	program TEXT NOT NULL, 
	operator TEXT NOT NULL, 
	CONSTRAINT pk_curve PRIMARY KEY (id), 
	CONSTRAINT fk_curve_run FOREIGN KEY(run) REFERENCES runs (id), 
	CONSTRAINT ck_curve_finite_seconds CHECK (seconds IS NULL OR (seconds - seconds = 0) IS TRUE), 
	CONSTRAINT ck_curve_finite_fitness CHECK (fitness IS NULL OR (fitness - fitness = 0) IS TRUE)
);
INSERT INTO "curve" VALUES(1,'1295e354035e',1,0.0,1.99669801959398207635e+00,'4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb','seed');
INSERT INTO "curve" VALUES(2,'1295e354035e',2,0.0,2.01609952399932579325e+00,'472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','diff');
INSERT INTO "curve" VALUES(3,'1295e354035e',7,0.0,2.02556695721366875062e+00,'0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912','diff');
INSERT INTO "curve" VALUES(4,'1295e354035e',11,0.0,2.04090597415216068455e+00,'2fb7dc7196fac491e70f3423a4db9e2228a890565d42b3f79d252f615a707d0e','diff');
CREATE TABLE elites (
	run TEXT NOT NULL, 
	island BIGINT NOT NULL, 
	cell TEXT NOT NULL, 
	program TEXT NOT NULL, 
	fitness DOUBLE NOT NULL, 
	utility DOUBLE NOT NULL, 
	descriptors TEXT NOT NULL, 
	CONSTRAINT pk_elites PRIMARY KEY (run, island, cell), 
	CONSTRAINT fk_elites_run FOREIGN KEY(run) REFERENCES runs (id), 
	CONSTRAINT fk_elites_program FOREIGN KEY(program) REFERENCES programs (id), 
	CONSTRAINT ck_elites_finite_fitness CHECK (fitness IS NULL OR (fitness - fitness = 0) IS TRUE), 
	CONSTRAINT ck_elites_finite_utility CHECK (utility IS NULL OR (utility - utility = 0) IS TRUE)
);
INSERT INTO "elites" VALUES('1295e354035e',0,'3,6','4db0b312ed27e91981448b4e9d071c162e8f314621e4266f4157b234775cbb2b',2.01333919083161561047e+00,2.01333919083161561047e+00,'[0.013167136102771064,0.3076923076923077]');
INSERT INTO "elites" VALUES('1295e354035e',1,'3,6','4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb',1.99669801959398207635e+00,1.99669801959398207635e+00,'[0.014508682000417213,0.3076923076923077]');
INSERT INTO "elites" VALUES('1295e354035e',1,'4,6','472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596',2.01609952399932579325e+00,2.01609952399932579325e+00,'[0.016447748240927762,0.3076923076923077]');
INSERT INTO "elites" VALUES('1295e354035e',0,'3,4','0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912',2.02556695721366875062e+00,2.02556695721366875062e+00,'[0.014377570133282653,0.23076923076923078]');
INSERT INTO "elites" VALUES('1295e354035e',1,'5,6','70dc357e2c15cea34c49e4f01571816e607ab3aff46e0caba70f0b9a63ebc142',1.94383593457565639894e+00,1.94383593457565639894e+00,'[0.02028875152358389,0.3076923076923077]');
INSERT INTO "elites" VALUES('1295e354035e',0,'4,6','50c362a7a6cb16e03d619fb376a64aab780378da1fb034b979088fae9372721a',2.02917501763444896312e+00,2.02917501763444896312e+00,'[0.015280836434157436,0.3076923076923077]');
INSERT INTO "elites" VALUES('1295e354035e',1,'4,5','2fb7dc7196fac491e70f3423a4db9e2228a890565d42b3f79d252f615a707d0e',2.04090597415216068455e+00,2.04090597415216068455e+00,'[0.0155534035540165,0.2692307692307692]');
CREATE TABLE evaluations (
	id INTEGER NOT NULL, 
	run TEXT NOT NULL, 
	program TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	fitness DOUBLE, 
	utility DOUBLE, 
	seconds DOUBLE NOT NULL, 
	descriptors TEXT NOT NULL, 
	metrics TEXT NOT NULL, 
	stages TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	seed TEXT, 
	replicas BIGINT, 
	confirmed BOOLEAN, 
	recipe TEXT, 
	CONSTRAINT pk_evaluations PRIMARY KEY (id), 
	CONSTRAINT fk_evaluations_run FOREIGN KEY(run) REFERENCES runs (id), 
	CONSTRAINT fk_evaluations_program FOREIGN KEY(program) REFERENCES programs (id), 
	CONSTRAINT uq_evaluations_run_program UNIQUE (run, program), 
	CONSTRAINT ck_evaluations_fitness_of_valid CHECK ((fitness IS NOT NULL) = (verdict = 'valid') AND (utility IS NOT NULL) = (verdict = 'valid')), 
	CONSTRAINT ck_evaluations_finite_fitness CHECK (fitness IS NULL OR (fitness - fitness = 0) IS TRUE), 
	CONSTRAINT ck_evaluations_finite_utility CHECK (utility IS NULL OR (utility - utility = 0) IS TRUE), 
	CONSTRAINT ck_evaluations_finite_seconds CHECK (seconds IS NULL OR (seconds - seconds = 0) IS TRUE)
);
INSERT INTO "evaluations" VALUES(1,'1295e354035e','4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',1.99669801959398207635e+00,1.99669801959398207635e+00,1.4894735800044145435e-01,'[0.014508682000417213,0.3076923076923077]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1540.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.00657480199879501,"run.cpu_seconds":0.004743,"run.peak_mib":10.3828125,"sum_radii":1.996698019593982,"radius_spread":0.014508682000417213,"contacts":20.0,"boundary_share":0.3076923076923077}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1540.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0014384140013135038,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.00657480199879501,"cpu_seconds":0.004743,"peak_mib":10.3828125},"artifacts":{},"note":"","seconds":0.00657480199879501,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":1.996698019593982,"radius_spread":0.014508682000417213,"contacts":20.0,"boundary_share":0.3076923076923077},"artifacts":{},"note":"","seconds":0.011987499998213025,"cached":false,"private":false}]','','3',1,1,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(2,'1295e354035e','472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',2.01609952399932579325e+00,2.01609952399932579325e+00,3.10846980028145480901e-02,'[0.016447748240927762,0.3076923076923077]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1540.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.007171976001700386,"run.cpu_seconds":0.0036999999999999997,"run.peak_mib":10.4921875,"sum_radii":2.016099523999326,"radius_spread":0.016447748240927762,"contacts":20.0,"boundary_share":0.3076923076923077}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1540.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0017270440002903342,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.007171976001700386,"cpu_seconds":0.0036999999999999997,"peak_mib":10.4921875},"artifacts":{},"note":"","seconds":0.007171976001700386,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":2.016099523999326,"radius_spread":0.016447748240927762,"contacts":20.0,"boundary_share":0.3076923076923077},"artifacts":{},"note":"","seconds":0.011609736997343134,"cached":false,"private":false}]','','3',1,1,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(3,'1295e354035e','d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',2.0148896684506771848e+00,2.0148896684506771848e+00,3.34091479999187868088e-02,'[0.014112902176195563,0.23076923076923078]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1548.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.0082971779993386,"run.cpu_seconds":0.004006,"run.peak_mib":10.51953125,"sum_radii":2.014889668450677,"radius_spread":0.014112902176195563,"contacts":19.0,"boundary_share":0.23076923076923078}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1548.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0013408689992502332,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.0082971779993386,"cpu_seconds":0.004006,"peak_mib":10.51953125},"artifacts":{},"note":"","seconds":0.0082971779993386,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":2.014889668450677,"radius_spread":0.014112902176195563,"contacts":19.0,"boundary_share":0.23076923076923078},"artifacts":{},"note":"","seconds":0.012546172001748346,"cached":false,"private":false}]','','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(4,'1295e354035e','4db0b312ed27e91981448b4e9d071c162e8f314621e4266f4157b234775cbb2b','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',2.01333919083161561047e+00,2.01333919083161561047e+00,0.1672283600019,'[0.013167136102771064,0.3076923076923077]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1565.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.007782337001117412,"run.cpu_seconds":0.0040539999999999994,"run.peak_mib":10.51953125,"sum_radii":2.0133391908316156,"radius_spread":0.013167136102771064,"contacts":20.0,"boundary_share":0.3076923076923077}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1565.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0022456369988503866,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.007782337001117412,"cpu_seconds":0.0040539999999999994,"peak_mib":10.51953125},"artifacts":{},"note":"","seconds":0.007782337001117412,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":2.0133391908316156,"radius_spread":0.013167136102771064,"contacts":20.0,"boundary_share":0.3076923076923077},"artifacts":{},"note":"","seconds":0.01701038800092647,"cached":false,"private":false}]','','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(5,'1295e354035e','864eb9fc9cffdc19b0c09f5828731fa022a80db22d8a26f890baec213e3d667f','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',2.00520527645760493484e+00,2.00520527645760493484e+00,3.89049160003196448087e-02,'[0.016408935852624974,0.34615384615384615]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1549.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.008041597000556067,"run.cpu_seconds":0.0052239999999999995,"run.peak_mib":10.3828125,"sum_radii":2.005205276457605,"radius_spread":0.016408935852624974,"contacts":20.0,"boundary_share":0.34615384615384615}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1549.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.001256913001270732,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.008041597000556067,"cpu_seconds":0.0052239999999999995,"peak_mib":10.3828125},"artifacts":{},"note":"","seconds":0.008041597000556067,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":2.005205276457605,"radius_spread":0.016408935852624974,"contacts":20.0,"boundary_share":0.34615384615384615},"artifacts":{},"note":"","seconds":0.013621906000480521,"cached":false,"private":false}]','','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(6,'1295e354035e','70dc357e2c15cea34c49e4f01571816e607ab3aff46e0caba70f0b9a63ebc142','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',1.94383593457565639894e+00,1.94383593457565639894e+00,4.0105165000568376854e-02,'[0.02028875152358389,0.3076923076923077]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1566.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.01155455499974778,"run.cpu_seconds":0.003884,"run.peak_mib":10.51953125,"sum_radii":1.9438359345756564,"radius_spread":0.02028875152358389,"contacts":20.0,"boundary_share":0.3076923076923077}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1566.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0022443660018325318,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.01155455499974778,"cpu_seconds":0.003884,"peak_mib":10.51953125},"artifacts":{},"note":"","seconds":0.01155455499974778,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":1.9438359345756564,"radius_spread":0.02028875152358389,"contacts":20.0,"boundary_share":0.3076923076923077},"artifacts":{},"note":"","seconds":0.018105680999724427,"cached":false,"private":false}]','','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(7,'1295e354035e','0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',2.02556695721366875062e+00,2.02556695721366875062e+00,5.88125329995818901807e-02,'[0.014377570133282653,0.23076923076923078]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1579.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.013292114999785554,"run.cpu_seconds":0.005412,"run.peak_mib":10.3828125,"sum_radii":2.0255669572136688,"radius_spread":0.014377570133282653,"contacts":19.0,"boundary_share":0.23076923076923078}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1579.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0025100920029217377,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.013292114999785554,"cpu_seconds":0.005412,"peak_mib":10.3828125},"artifacts":{},"note":"","seconds":0.013292114999785554,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":2.0255669572136688,"radius_spread":0.014377570133282653,"contacts":19.0,"boundary_share":0.23076923076923078},"artifacts":{},"note":"","seconds":0.02542775600159075,"cached":false,"private":false}]','','3',1,1,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(8,'1295e354035e','9bb32c58002e0ac4dd6cddc0038e8cab805f6ed1ed9ccfc2572f9c44922d9b11','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','invalid',NULL,NULL,7.59634749992983415722e-02,'[]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1561.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.010737597000115784,"run.cpu_seconds":0.003753,"run.peak_mib":10.51953125}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1561.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0012802079982066061,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.010737597000115784,"cpu_seconds":0.003753,"peak_mib":10.51953125},"artifacts":{},"note":"","seconds":0.010737597000115784,"cached":false,"private":false},{"stage":"score","state":"failed","verdict":"invalid","metrics":{},"artifacts":{},"note":"circles 3 and 8 overlap by 0.318","seconds":0.04224401000101352,"cached":false,"private":false}]','score: circles 3 and 8 overlap by 0.318','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(9,'1295e354035e','22937a99a60684926d2bec8eda6b16f3ebd2444da2fb5e0acb59633f7d3e987c','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',1.96208316796204784715e+00,1.96208316796204784715e+00,0.0795080540010531,'[0.015904733508124397,0.3076923076923077]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1555.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.01275490400075796,"run.cpu_seconds":0.003977,"run.peak_mib":10.51953125,"sum_radii":1.9620831679620478,"radius_spread":0.015904733508124397,"contacts":18.0,"boundary_share":0.3076923076923077}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1555.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0011812299999292009,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.01275490400075796,"cpu_seconds":0.003977,"peak_mib":10.51953125},"artifacts":{},"note":"","seconds":0.01275490400075796,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":1.9620831679620478,"radius_spread":0.015904733508124397,"contacts":18.0,"boundary_share":0.3076923076923077},"artifacts":{},"note":"","seconds":0.03184486200188985,"cached":false,"private":false}]','','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(10,'1295e354035e','5e3fb348bb88878fdc3935bdb3f7a7cc98aeb60941707e5866816d074f732bbe','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',1.99997630835697370876e+00,1.99997630835697370876e+00,6.54719140002271160483e-02,'[0.015180083003451654,0.3076923076923077]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1579.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.008502795000822516,"run.cpu_seconds":0.0038919999999999996,"run.peak_mib":10.51953125,"sum_radii":1.9999763083569737,"radius_spread":0.015180083003451654,"contacts":20.0,"boundary_share":0.3076923076923077}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1579.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0022679510002490133,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.008502795000822516,"cpu_seconds":0.0038919999999999996,"peak_mib":10.51953125},"artifacts":{},"note":"","seconds":0.008502795000822516,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":1.9999763083569737,"radius_spread":0.015180083003451654,"contacts":20.0,"boundary_share":0.3076923076923077},"artifacts":{},"note":"","seconds":0.01691985299839871,"cached":false,"private":false}]','','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(11,'1295e354035e','2fb7dc7196fac491e70f3423a4db9e2228a890565d42b3f79d252f615a707d0e','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',2.04090597415216068455e+00,2.04090597415216068455e+00,6.27371139999013394117e-02,'[0.0155534035540165,0.2692307692307692]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1749.0,"lint.nodes":272.0,"lint.depth":12.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":64.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.018145039000955876,"run.cpu_seconds":0.004959,"run.peak_mib":10.33203125,"sum_radii":2.0409059741521607,"radius_spread":0.0155534035540165,"contacts":19.0,"boundary_share":0.2692307692307692}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1749.0,"nodes":272.0,"depth":12.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":64.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0012269690014363732,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.018145039000955876,"cpu_seconds":0.004959,"peak_mib":10.33203125},"artifacts":{},"note":"","seconds":0.018145039000955876,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":2.0409059741521607,"radius_spread":0.0155534035540165,"contacts":19.0,"boundary_share":0.2692307692307692},"artifacts":{},"note":"","seconds":0.014335509997181362,"cached":false,"private":false}]','','3',1,1,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
INSERT INTO "evaluations" VALUES(12,'1295e354035e','50c362a7a6cb16e03d619fb376a64aab780378da1fb034b979088fae9372721a','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','valid',2.02917501763444896312e+00,2.02917501763444896312e+00,5.26314889975765254348e-02,'[0.015280836434157436,0.3076923076923077]','{"lint.lines":63.0,"lint.code_lines":52.0,"lint.characters":1591.0,"lint.nodes":274.0,"lint.depth":13.0,"lint.functions":3.0,"lint.classes":0.0,"lint.loops":5.0,"lint.constants":65.0,"lint.names":17.0,"lint.imports":1.0,"lint.calls":16.0,"lint.complexity":8.0,"run.seconds":0.015861620999203296,"run.cpu_seconds":0.005632,"run.peak_mib":10.4921875,"sum_radii":2.029175017634449,"radius_spread":0.015280836434157436,"contacts":20.0,"boundary_share":0.3076923076923077}','[{"stage":"lint","state":"passed","verdict":null,"metrics":{"lines":63.0,"code_lines":52.0,"characters":1591.0,"nodes":274.0,"depth":13.0,"functions":3.0,"classes":0.0,"loops":5.0,"constants":65.0,"names":17.0,"imports":1.0,"calls":16.0,"complexity":8.0},"artifacts":{},"note":"","seconds":0.0022647359983238857,"cached":false,"private":false},{"stage":"run","state":"passed","verdict":null,"metrics":{"seconds":0.015861620999203296,"cpu_seconds":0.005632,"peak_mib":10.4921875},"artifacts":{},"note":"","seconds":0.015861620999203296,"cached":false,"private":false},{"stage":"score","state":"passed","verdict":null,"metrics":{"sum_radii":2.029175017634449,"radius_spread":0.015280836434157436,"contacts":20.0,"boundary_share":0.3076923076923077},"artifacts":{},"note":"","seconds":0.014873732001433382,"cached":false,"private":false}]','','3',1,0,'2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b');
CREATE TABLE lessons (
	id INTEGER NOT NULL, 
	run TEXT NOT NULL, 
	attempt BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	text TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	uses BIGINT NOT NULL, 
	successes BIGINT NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_lessons PRIMARY KEY (id), 
	CONSTRAINT fk_lessons_run FOREIGN KEY(run) REFERENCES runs (id), 
	CONSTRAINT uq_lessons_run_attempt_digest UNIQUE (run, attempt, digest)
);
INSERT INTO "lessons" VALUES(1,'1295e354035e',2,'insight','Copy a constant: give 1 of 54 constants the value of another one, or the mean of both improved sum_radii from 1.9967 to 2.0161.','daa01b9a5540c17efb70550ac36ea8885367a8527879d013e46ae0d5da07a84a',9,6,'2026-11-22T18:15:38.768114+00:00');
INSERT INTO "lessons" VALUES(2,'1295e354035e',3,'insight','Jitter rows: move 1 of 26 rows of constants by about 9% of their spread improved sum_radii from 1.9967 to 2.01489.','3554dc9340bbe1c2a27d7e0924e7e2a5608a0a88b6240d3c01b5a0f240b09578',8,5,'2026-11-22T18:15:38.828534+00:00');
INSERT INTO "lessons" VALUES(3,'1295e354035e',1,'insight','Jitter rows: move 3 of 26 rows of constants by about 8.3% of their spread improved sum_radii from 1.9967 to 2.01334.','69c93c96d18c611a87c7f7d1f972b03a0b73a6eee9cea4dd3889790d7569b805',7,5,'2026-11-22T18:15:38.845474+00:00');
INSERT INTO "lessons" VALUES(4,'1295e354035e',4,'exploration','Jitter rows: move 1 of 26 rows of constants by about 7.2% of their spread worsened sum_radii from 2.0161 to 2.00521.','1ba79d540c24a426ddd0c54e7d17f6bd63ef1aad830ed1f3586bfd3ae9cc37c4',6,4,'2026-11-22T18:15:38.881241+00:00');
INSERT INTO "lessons" VALUES(5,'1295e354035e',6,'exploration','Jitter rows: move 3 of 26 rows of constants by about 6.9% of their spread worsened sum_radii from 2.0161 to 1.94384.','aa28ac9fac1cf9d2da445eaec9042c19064d10a5ed70a74187970ca5928733a9',1,0,'2026-11-22T18:15:38.935236+00:00');
INSERT INTO "lessons" VALUES(6,'1295e354035e',5,'insight','Jitter rows: move 4 of 26 rows of constants by about 2.6% of their spread improved sum_radii from 2.01489 to 2.02557.','f662085d18143512c23fafaefc65f230261007b19f49954bc0f2bb19937fb757',1,0,'2026-11-22T18:15:38.990092+00:00');
INSERT INTO "lessons" VALUES(7,'1295e354035e',7,'mistake','Jitter constants: move 3 of 54 constants by about 16% of their spread led to a program that was not valid (invalid).','10ee12abafbf3593f7030688d73e4bec2900b79bf60979d633033821fc6b368e',2,2,'2026-11-22T18:15:39.026644+00:00');
INSERT INTO "lessons" VALUES(8,'1295e354035e',8,'exploration','Jitter rows: move 2 of 26 rows of constants by about 14% of their spread worsened sum_radii from 2.0161 to 1.96208.','7b3dc38976dd740e789b294fa93f59bf69217cc073fd36e4feacac0192eb3a8c',1,1,'2026-11-22T18:15:39.092470+00:00');
INSERT INTO "lessons" VALUES(9,'1295e354035e',9,'exploration','Jitter rows: move 1 of 26 rows of constants by about 19% of their spread worsened sum_radii from 2.02557 to 1.99998.','5626b6c3a2dee5e4e1770905a79fab50116e7f3b4e5ee4f2dd0d5f43b95ecc17',0,0,'2026-11-22T18:15:39.118981+00:00');
INSERT INTO "lessons" VALUES(10,'1295e354035e',10,'insight','Scale a group: stretch or shrink 1 of 1 lists of constants by about 1.3% improved sum_radii from 2.0161 to 2.04091.','35d7a519431cbd9a06bb2eab4ce00967b69c99fac3c7a822ef30ae1657424951',0,0,'2026-11-22T18:15:39.213591+00:00');
INSERT INTO "lessons" VALUES(11,'1295e354035e',11,'insight','Introduce a factor: multiply 1 of 25 expressions by a constant about 6.7% away from one improved sum_radii from 2.02557 to 2.02918.','9aa239557d879fbcf9f781e6970eee59aa329f33a75863a03dfe76bf4386ae3b',0,0,'2026-11-22T18:15:39.213899+00:00');
CREATE TABLE programs (
	id TEXT NOT NULL, 
	language TEXT NOT NULL, 
	sources TEXT NOT NULL, 
	CONSTRAINT pk_programs PRIMARY KEY (id)
);
INSERT INTO "programs" VALUES('4eb37eb383f5dd6a3c840ff6961c59f0fd4dd42195344d8b8d3aecc24d9f22bb','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.10],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.94, 0.32],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.89, 0.53],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.66],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('472094f30b1e2e9d406fc87209a70b322be902ca3a8588ac89f7fd790db49596','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.10],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.94, 0.32],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.89, 0.53],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.68],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('d4983c22e945569d1d6b45057ff37f35a56ae5a14ccf2f898c5d17e51541e084','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.10],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.902078, 0.238178],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.89, 0.53],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.66],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('4db0b312ed27e91981448b4e9d071c162e8f314621e4266f4157b234775cbb2b','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.10],\n    [0.886711, 0.0797338],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.94, 0.32],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.746569, 0.519275],\n    [0.89, 0.53],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.66],\n    [0.750549, 0.675361],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('864eb9fc9cffdc19b0c09f5828731fa022a80db22d8a26f890baec213e3d667f','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.704733, 0.0734074],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.94, 0.32],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.89, 0.53],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.68],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('70dc357e2c15cea34c49e4f01571816e607ab3aff46e0caba70f0b9a63ebc142','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.0512188, 0.110322],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.740069, 0.0979598],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.94, 0.32],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.89, 0.53],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.68],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.980117, 0.876671],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.10],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.322317, 0.269886],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.902078, 0.238178],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.423256, 0.467518],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.885747, 0.529464],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.66],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67802, 0.906399],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('9bb32c58002e0ac4dd6cddc0038e8cab805f6ed1ed9ccfc2572f9c44922d9b11','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.166956],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.902078, 0.238178],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.89, 0.53],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.66],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.988703, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.209762)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('22937a99a60684926d2bec8eda6b16f3ebd2444da2fb5e0acb59633f7d3e987c','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.476869, 0.15518],\n    [0.72, 0.10],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.31, 0.27],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.94, 0.32],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.42, 0.47],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.89, 0.53],\n    [0.121205, 0.695847],\n    [0.29, 0.70],\n    [0.47, 0.68],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67, 0.90],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('5e3fb348bb88878fdc3935bdb3f7a7cc98aeb60941707e5866816d074f732bbe','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.10],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.322317, 0.269886],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.947399, 0.269056],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.423256, 0.467518],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.885747, 0.529464],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.66],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67802, 0.906399],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('2fb7dc7196fac491e70f3423a4db9e2228a890565d42b3f79d252f615a707d0e','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.0772053, 0.126313],\n    [0.313198, 0.106647],\n    [0.48036, 0.126313],\n    [0.716352, 0.106647],\n    [0.893347, 0.0869805],\n    [0.0673723, 0.293474],\n    [0.313198, 0.273808],\n    [0.519692, 0.283641],\n    [0.67702, 0.263975],\n    [0.932679, 0.322973],\n    [0.116537, 0.509801],\n    [0.214868, 0.490135],\n    [0.421361, 0.470469],\n    [0.618022, 0.490135],\n    [0.716352, 0.529467],\n    [0.883514, 0.529467],\n    [0.106704, 0.696629],\n    [0.293532, 0.696629],\n    [0.470527, 0.676962],\n    [0.726185, 0.676962],\n    [0.913013, 0.676962],\n    [0.146037, 0.922788],\n    [0.323031, 0.912955],\n    [0.509859, 0.912955],\n    [0.667187, 0.893289],\n    [0.922846, 0.873623],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
INSERT INTO "programs" VALUES('50c362a7a6cb16e03d619fb376a64aab780378da1fb034b979088fae9372721a','python','{"initial.py":"import math\n\n# EVOLVE-BLOCK-START\nCENTRES = [\n    [0.07, 0.12],\n    [0.31, 0.10],\n    [0.48, 0.12],\n    [0.72, 0.10],\n    [0.90, 0.08],\n    [0.06, 0.29],\n    [0.322317, 0.269886],\n    [0.52, 0.28],\n    [0.68, 0.26],\n    [0.902078, 0.238178],\n    [0.11, 0.51],\n    [0.21, 0.49],\n    [0.423256, 0.467518],\n    [0.62, 0.49],\n    [0.72, 0.53],\n    [0.885747, 0.529464],\n    [0.10, 0.70],\n    [0.29, 0.70],\n    [0.47, 0.66],\n    [0.73, 0.68],\n    [0.92, 0.68],\n    [0.14, 0.93],\n    [0.32, 0.92],\n    [0.51, 0.92],\n    [0.67802, 0.906399],\n    [0.93, 0.88],\n]\n\n\ndef half_gap(i, centres):\n    \"\"\"Half the distance to the nearest other centre, or the distance to the nearest wall.\"\"\"\n    x, y = centres[i]\n    gap = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            gap = min(gap, (0.933 * (0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))))\n    return gap\n\n\ndef grown(i, centres, radii):\n    \"\"\"As large as the wall and the other circles, as they are now, let circle i become.\"\"\"\n    x, y = centres[i]\n    radius = min(x, 1 - x, y, 1 - y)\n    for j in range(len(centres)):\n        if j != i:\n            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])\n    return max(radius, 0.0)\n\n\ndef pack(n):\n    \"\"\"n rows [x, y, r]: circles with these centres, grown one after the other.\"\"\"\n    centres = CENTRES[:n]\n    radii = [half_gap(i, centres) for i in range(n)]\n    for i in range(n):\n        radii[i] = grown(i, centres, radii)\n    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]\n\n\n# EVOLVE-BLOCK-END\n"}');
CREATE TABLE progress (
	run TEXT NOT NULL, 
	evaluations BIGINT NOT NULL, 
	attempts BIGINT NOT NULL, 
	duplicates BIGINT NOT NULL, 
	valid BIGINT NOT NULL, 
	refused BIGINT NOT NULL, 
	failed BIGINT NOT NULL, 
	timed_out BIGINT NOT NULL, 
	out_of_memory BIGINT NOT NULL, 
	invalid BIGINT NOT NULL, 
	calls BIGINT NOT NULL, 
	tokens_in BIGINT NOT NULL, 
	tokens_out BIGINT NOT NULL, 
	tokens_cached BIGINT NOT NULL, 
	dollars DOUBLE NOT NULL, 
	seconds DOUBLE NOT NULL, 
	best_program TEXT, 
	best_utility DOUBLE, 
	best_fitness DOUBLE, 
	best_attempt BIGINT, 
	worst_utility DOUBLE, 
	CONSTRAINT pk_progress PRIMARY KEY (run), 
	CONSTRAINT fk_progress_run FOREIGN KEY(run) REFERENCES runs (id), 
	CONSTRAINT ck_progress_finite_dollars CHECK (dollars IS NULL OR (dollars - dollars = 0) IS TRUE), 
	CONSTRAINT ck_progress_finite_seconds CHECK (seconds IS NULL OR (seconds - seconds = 0) IS TRUE), 
	CONSTRAINT ck_progress_finite_best_utility CHECK (best_utility IS NULL OR (best_utility - best_utility = 0) IS TRUE), 
	CONSTRAINT ck_progress_finite_best_fitness CHECK (best_fitness IS NULL OR (best_fitness - best_fitness = 0) IS TRUE), 
	CONSTRAINT ck_progress_finite_worst_utility CHECK (worst_utility IS NULL OR (worst_utility - worst_utility = 0) IS TRUE)
);
INSERT INTO "progress" VALUES('1295e354035e',12,11,0,11,0,0,0,0,1,33,36334,3046,0,0.0,8.85724813997512683272e-01,'2fb7dc7196fac491e70f3423a4db9e2228a890565d42b3f79d252f615a707d0e',2.04090597415216068455e+00,2.04090597415216068455e+00,10,1.94383593457565639894e+00);
CREATE TABLE recipes (
	digest TEXT NOT NULL, 
	recipe TEXT NOT NULL, 
	CONSTRAINT pk_recipes PRIMARY KEY (digest)
);
INSERT INTO "recipes" VALUES('2b1bd5baf3857201560a1eeb44d102189ae6c9ca414862cd25aec2a5078efa3b','{"candidates":"process Python 3.11.7 numpy 2.4.6, scipy 1.17.1, sklearn 1.9.1, joblib 1.6.0, threadpoolctl 3.8.0 x86_64","scorers":"process Python 3.11.7 numpy 2.4.6, scipy 1.17.1, sklearn 1.9.1, joblib 1.6.0, threadpoolctl 3.8.0 x86_64","version":"0.1.0","stages":{"lint":"{\"kind\":\"static.python\",\"version\":1,\"options\":{\"forbid\":[],\"max_bytes\":100000}}","run":"{\"kind\":\"sandbox.call\",\"version\":1,\"options\":{\"inputs\":{\"n\":26},\"memory_mib\":512,\"policy\":\"compute\",\"scratch_mib\":16,\"seconds\":30.0}}","score":"{\"kind\":\"sandbox.score\",\"version\":2,\"options\":{\"file\":\"score.py\",\"inputs\":{},\"memory_mib\":1024,\"seconds\":30.0}}"}}');
CREATE TABLE reports (
	serial INTEGER NOT NULL, 
	program TEXT NOT NULL, 
	metric TEXT NOT NULL, 
	value DOUBLE NOT NULL, 
	at TEXT NOT NULL, 
	CONSTRAINT pk_reports PRIMARY KEY (serial), 
	CONSTRAINT fk_reports_program FOREIGN KEY(program) REFERENCES programs (id), 
	CONSTRAINT ck_reports_finite_value CHECK (value IS NULL OR (value - value = 0) IS TRUE)
);
INSERT INTO "reports" VALUES(1,'0f453c09004931f2c15523777ee8685e89f1f357c0c525a1f650fd9ce0d65912','quality',0.75,'2026-11-22T18:17:50.282030+00:00');
CREATE TABLE runs (
	serial INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	problem_digest TEXT NOT NULL, 
	problem_path TEXT NOT NULL, 
	seed TEXT NOT NULL, 
	workers BIGINT NOT NULL, 
	strategy TEXT NOT NULL, 
	islands BIGINT NOT NULL, 
	cells_total BIGINT NOT NULL, 
	models TEXT NOT NULL, 
	sandbox TEXT NOT NULL, 
	evaluations BIGINT, 
	dollars DOUBLE, 
	minutes DOUBLE, 
	overrides TEXT NOT NULL, 
	state TEXT NOT NULL, 
	stopped_by TEXT, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_runs PRIMARY KEY (serial), 
	CONSTRAINT uq_runs_id UNIQUE (id), 
	CONSTRAINT uq_runs_name UNIQUE (name), 
	CONSTRAINT ck_runs_finite_dollars CHECK (dollars IS NULL OR (dollars - dollars = 0) IS TRUE), 
	CONSTRAINT ck_runs_finite_minutes CHECK (minutes IS NULL OR (minutes - minutes = 0) IS TRUE)
);
INSERT INTO "runs" VALUES(1,'1295e354035e','first-run','circle_packing','3e818e7e6640dda3d44c668695c779fdfc3b9c4896586ec3446e9e8207ce7580','/problems/circle_packing','3',2,'map_elites',2,224,'["embedded"]','process',12,NULL,NULL,'{"set.search.islands":"2"}','finished','evaluations','2026-11-22T18:15:38.144034+00:00');
CREATE INDEX ix_evaluations_program_problem_id ON evaluations (program, problem, id);
CREATE INDEX ix_reports_program_metric_serial ON reports (program, metric, serial);
CREATE INDEX ix_attempts_unfinished ON attempts (run, number) WHERE state IN ('drawn', 'planned', 'proposed', 'evaluated', 'summarized');
CREATE INDEX ix_curve_run_id ON curve (run, id);
CREATE UNIQUE INDEX uq_calls_answered ON calls (run, attempt, purpose, ordinal) WHERE status IN ('ok', 'truncated');
CREATE INDEX ix_calls_run_id ON calls (run, id);
CREATE INDEX ix_lessons_run_id ON lessons (run, id);
CREATE INDEX ix_births_run_verdict_id ON births (run, verdict, id);
CREATE INDEX ix_births_run_id ON births (run, id);
CREATE INDEX ix_births_not_valid ON births (run, island, id) WHERE verdict <> 'valid';
CREATE UNIQUE INDEX uq_births_slot ON births (run, attempt, round, slot) WHERE attempt IS NOT NULL;
CREATE INDEX ix_births_run_parent_id ON births (run, parent, id);
CREATE INDEX ix_births_program_run_id ON births (program, run, id);
CREATE UNIQUE INDEX uq_births_seed ON births (run, program, island) WHERE attempt IS NULL;
COMMIT;
