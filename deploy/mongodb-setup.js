// Makes the replica set and the two users, or leaves them as they are. Run by the container mongodb-setup.

const { MONGO_ROOT_PASSWORD, MONGO_OWNER_PASSWORD, MONGO_APP_PASSWORD } = process.env;
const admin = connectPatiently();
admin.auth("root", MONGO_ROOT_PASSWORD);

// On its first start the container runs mongod for itself alone, before it listens to others.
function connectPatiently() {
  for (let tries = 60; ; tries--) {
    try {
      return new Mongo("mongodb://mongodb:27017/?directConnection=true").getDB("admin");
    } catch (problem) {
      if (tries === 0) throw problem;
      sleep(1000);
    }
  }
}

try {
  admin.runCommand({ replSetGetStatus: 1 }).ok || initiate();
} catch (problem) {
  if (problem.codeName !== "NotYetInitialized") throw problem;
  initiate();
}

function initiate() {
  admin.adminCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "mongodb:27017" }] } });
}

while (!admin.hello().isWritablePrimary) sleep(100);

const learnflow = admin.getSiblingDB("learnflow");
const users = [
  // As a monitor it may ask how often indexes are used, for manage.py analyze_db.
  ["learnflow_owner", MONGO_OWNER_PASSWORD, ["dbAdmin", "readWrite", { role: "clusterMonitor", db: "admin" }]],
  ["learnflow_app", MONGO_APP_PASSWORD, ["readWrite"]],
];
for (const [user, pwd, roles] of users) {
  if (learnflow.getUser(user)) learnflow.updateUser(user, { pwd, roles });
  else learnflow.createUser({ user, pwd, roles });
}
