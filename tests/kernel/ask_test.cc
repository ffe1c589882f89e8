// SPDX-License-Identifier: Apache-2.0
// Hosts that ask the running service about a file before they run it: what they are told, and
// whatever befalls the two of them meanwhile.
#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/ask_protocol.h"
#include "api/portcullis.h"
#include "base/unique_fd.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"
#include "tests/kernel/silent_file_system.h"

namespace portcullis::testing {
namespace {

using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr unsigned kSeconds = 200;
constexpr uid_t kUser = 1000;
constexpr const char* kGood = "print('good')\n";
constexpr const char* kBad = "print('bad')\n";
constexpr const char* kOwn = "print('for one user')\n";

std::string Rule(const std::string& kind, int number, const std::string& sid,
                 const std::string& action, const std::string& condition) {
  return fmt::format(
      R"(<{0} Id="00000000-0000-4000-8000-00000000000{1}" Name="rule {1}" Description="" UserOrGroupSid="{2}" Action="{3}"><Conditions>{4}</Conditions></{0}>)",
      kind, number, sid, action, condition);
}

std::string Hash(const std::string& file) {
  return fmt::format(
      R"(<FileHashCondition><FileHash Type="SHA256" Data="0x{}" SourceFileName="x" SourceFileLength="1"/></FileHashCondition>)",
      Sha256Of(file));
}

struct Answer {
  int error = 0;
  portcullis_result result = PORTCULLIS_RESULT_INIT;
};

class Asks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    std::filesystem::permissions(mounts_->scratch(), std::filesystem::perms(0755));
    auto root = mounts_->Mount("ext4");
    if (!root) root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    root_ = *root;
    WriteProgram(root_ + "/good.py", kGood);
    WriteProgram(root_ + "/bad.py", kBad);
    WriteProgram(root_ + "/own.py", kOwn);
    WriteProgram(root_ + "/users.py", kGood, kUser);
    WriteProgram(root_ + "/program", TinyProgram());
  }
  void TearDown() override { service_.reset(); }

  // Scripts by their content, one of them for a user alone, and none that is called `forbidden`.
  std::string Policy(const std::string& mode = "Enabled") const {
    const std::string rules =
        Rule("FileHashRule", 1, "S-1-1-0", "Allow", Hash(root_ + "/good.py")) +
        Rule("FileHashRule", 2, "S-1-22-1-1000", "Allow", Hash(root_ + "/own.py")) +
        Rule("FilePathRule", 3, "S-1-1-0", "Deny", R"(<FilePathCondition Path="*\forbidden.py"/>)");
    const std::string programs =
        Rule("FilePathRule", 4, "S-1-1-0", "Allow", R"(<FilePathCondition Path="*"/>)");
    return fmt::format(
        R"(<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled">{}</RuleCollection><RuleCollection Type="Script" EnforcementMode="{}">{}</RuleCollection></AppLockerPolicy>)",
        programs, mode, rules);
  }
  bool Start(const std::string& mode = "Enabled", const std::string& config = {}) {
    auto service = ServiceUnderTest::Start(*mounts_, {Policy(mode), {root_}, config, {}});
    EXPECT_TRUE(service) << service.error().message;
    if (!service) return false;
    service_ = std::move(*service);
    EXPECT_EQ(portcullis_open(service_->AskSocketPath().c_str(), &context_), 0);
    return true;
  }
  ~Asks() override { portcullis_close(context_); }

  Answer Ask(int fd, const char* path = nullptr, const char* policy = PORTCULLIS_POLICY_SCRIPT,
             const unsigned char* hash = nullptr) const {
    portcullis_code code = PORTCULLIS_CODE_INIT;
    code.fd = fd;
    code.path = path;
    code.policy_name = policy;
    code.hash = hash;
    code.hash_size = hash == nullptr ? 0 : 32;
    code.hash_type = hash == nullptr ? PORTCULLIS_HASH_NONE : PORTCULLIS_HASH_SHA256;
    Answer answer;
    answer.error = portcullis_identify(context_, &code, &answer.result);
    return answer;
  }
  Answer AskAbout(const std::string& name, const char* policy = PORTCULLIS_POLICY_SCRIPT) const {
    const UniqueFd fd(open((root_ + name).c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_TRUE(fd.valid()) << name;
    return Ask(fd.get(), nullptr, policy);
  }
  bool Trusts(const std::string& name) const {
    const Answer answer = AskAbout(name);
    EXPECT_EQ(answer.error, 0) << portcullis_error_text(answer.error);
    return answer.result.level == PORTCULLIS_LEVEL_FULLY_TRUSTED;
  }
  // What `asks` returns in a child that is this user.
  static int As(uid_t uid, const std::function<int()>& asks) {
    const pid_t child = fork();
    if (child == 0) {
      if (setgroups(0, nullptr) != 0 || setresgid(uid, uid, uid) != 0 ||
          setresuid(uid, uid, uid) != 0) {
        _exit(99);
      }
      _exit(asks());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // The latest: a former one may still be going.
  pid_t Gate() const {
    pid_t gate = -1;
    for (const pid_t pid : service_->Processes()) {
      const std::string stat = ReadWholeFile(fmt::format("/proc/{}/stat", pid));
      if (stat.find(" (gate) ") != stat.npos && stat.find(" (gate) Z") == stat.npos) {
        gate = std::max(gate, pid);
      }
    }
    return gate;
  }
  // A stop reaches a process's threads one after the other.
  static void Hit(pid_t pid, int signal) {
    kill(pid, signal);
    for (int i = 0; i < 500 && signal == SIGSTOP; ++i) {
      bool runs = false;
      std::error_code gone;
      for (const auto& task :
           std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
        const std::string stat = ReadWholeFile(task.path() / "stat");
        runs = runs || stat.find(") T") == stat.npos;
      }
      if (!runs) return;
      usleep(1000);
    }
  }
  size_t GatesDescriptors() const {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", Gate()))) {
      ++count;
    }
    return count;
  }
  UniqueFd Connect() const {
    UniqueFd made(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    service_->AskSocketPath().copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (connect(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    const timeval patience{10, 0};
    setsockopt(made.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return made;
  }
  static bool Sends(const UniqueFd& socket, const api::AskPacket& packet) {
    return send(socket.get(), packet.data(), packet.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(packet.size());
  }
  static bool SendsWith(const UniqueFd& socket, api::AskPacket packet,
                        const std::vector<int>& descriptors) {
    iovec data{packet.data(), packet.size()};
    alignas(cmsghdr) std::array<char, 256> control{};
    const size_t bytes = descriptors.size() * sizeof(int);
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    *rights = {CMSG_LEN(bytes), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(rights), descriptors.data(), bytes);
    return sendmsg(socket.get(), &header, MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size());
  }
  // Whether the service ends the connection, rather than to answer.
  static bool IsClosed(const UniqueFd& socket) {
    char byte = 0;
    const ssize_t size = recv(socket.get(), &byte, 1, 0);
    return size == 0 || (size < 0 && errno == ECONNRESET);
  }
  static api::AskPacket Question(int fd) {
    api::AskRequest request;
    request.fd = fd;
    return EncodeAsk(request);
  }

  std::optional<PrivateMounts> mounts_;
  std::string root_;
  std::unique_ptr<ServiceUnderTest> service_;
  portcullis_context* context_ = nullptr;
};

TEST_F(Asks, AreToldWhatThePolicySays) {
  ASSERT_TRUE(Start());
  for (int i = 0; i < 3; ++i) {
    const Answer good = AskAbout("/good.py");
    ASSERT_EQ(good.error, 0) << portcullis_error_text(good.error);
    EXPECT_EQ(good.result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
    EXPECT_EQ(good.result.verdict, PORTCULLIS_VERDICT_ALLOWED);
    EXPECT_EQ(good.result.reason, PORTCULLIS_REASON_RULE);
    EXPECT_EQ(good.result.enforcement, PORTCULLIS_MODE_ENFORCED);
    EXPECT_EQ(good.result.generation, 1U);
    EXPECT_STREQ(good.result.rule_id, "00000000-0000-4000-8000-000000000001");
    EXPECT_STREQ(good.result.rule_name, "rule 1");
    EXPECT_STREQ(good.result.policy, service_->PolicyPath().c_str());
    const Answer bad = AskAbout("/bad.py");
    ASSERT_EQ(bad.error, 0);
    EXPECT_EQ(bad.result.level, PORTCULLIS_LEVEL_DISALLOWED);
    EXPECT_EQ(bad.result.verdict, PORTCULLIS_VERDICT_DENIED_BY_DEFAULT);
    EXPECT_EQ(bad.result.would_block, 1U);
    EXPECT_EQ(bad.result.flags & PORTCULLIS_RESULT_HAS_RULE, 0U);
  }
  // The collection is the one that was asked for.
  EXPECT_EQ(AskAbout("/bad.py", PORTCULLIS_POLICY_EXE).result.verdict, PORTCULLIS_VERDICT_ALLOWED);
  EXPECT_EQ(AskAbout("/bad.py", PORTCULLIS_POLICY_MSI).result.reason, PORTCULLIS_REASON_NO_RULES);
  service_->Stop();
  EXPECT_THAT(
      service_->Records(),
      Contains(AllOf(HasSubstr("/bad.py"), HasSubstr("\"operation\":\"script\""),
                     HasSubstr("\"collection\":\"Script\""), HasSubstr("\"blocked\":true"))));
  EXPECT_THAT(service_->Records(), Contains(AllOf(HasSubstr("/good.py"), HasSubstr("rule 1"))));
}

TEST_F(Asks, GoOnWhereADenialIsOnlyAudited) {
  ASSERT_TRUE(Start("AuditOnly"));
  const Answer bad = AskAbout("/bad.py");
  EXPECT_EQ(bad.error, 0);
  EXPECT_EQ(bad.result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  EXPECT_EQ(bad.result.verdict, PORTCULLIS_VERDICT_DENIED_BY_DEFAULT);
  EXPECT_EQ(bad.result.would_block, 0U);
  EXPECT_EQ(bad.result.enforcement, PORTCULLIS_MODE_AUDIT_ONLY);
}

TEST_F(Asks, AreAnsweredForTheUserWhoAsks) {
  ASSERT_TRUE(Start());
  EXPECT_FALSE(Trusts("/own.py"));
  EXPECT_EQ(As(kUser, [&] { return Trusts("/own.py") && Trusts("/own.py") ? 0 : 1; }), 0);
  EXPECT_EQ(As(kUser + 1, [&] { return Trusts("/own.py") ? 0 : 1; }), 1);
  // Who becomes another while he is connected is the other from then on.
  const pid_t child = fork();
  if (child == 0) {
    if (Trusts("/own.py")) _exit(1);
    if (setresuid(static_cast<uid_t>(-1), kUser, static_cast<uid_t>(-1)) != 0) _exit(2);
    if (!Trusts("/own.py")) _exit(3);
    if (setresuid(static_cast<uid_t>(-1), 0, static_cast<uid_t>(-1)) != 0) _exit(4);
    _exit(Trusts("/own.py") ? 5 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

TEST_F(Asks, AreAnsweredAboutTheOpenFileWhateverItsPathMeansNow) {
  ASSERT_TRUE(Start());
  const UniqueFd good(open((root_ + "/good.py").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(Ask(good.get()).result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  ASSERT_EQ(rename((root_ + "/bad.py").c_str(), (root_ + "/good.py").c_str()), 0);
  EXPECT_EQ(Ask(good.get()).result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  EXPECT_FALSE(Trusts("/good.py"));
  // Written in place, by its owner.
  EXPECT_TRUE(Trusts("/users.py"));
  EXPECT_EQ(As(kUser,
               [&] {
                 const UniqueFd fd(open((root_ + "/users.py").c_str(), O_WRONLY | O_CLOEXEC));
                 return write(fd.get(), "#", 1) == 1 ? 0 : 1;
               }),
            0);
  EXPECT_FALSE(Trusts("/users.py"));
}

TEST_F(Asks, AreAnsweredWithoutTheContentWhileSomebodyWritesIt) {
  ASSERT_TRUE(Start());
  const UniqueFd writer(open((root_ + "/users.py").c_str(), O_WRONLY | O_CLOEXEC));
  EXPECT_FALSE(Trusts("/users.py")) << "its hash is not known";
  EXPECT_EQ(AskAbout("/users.py", PORTCULLIS_POLICY_EXE).result.verdict, PORTCULLIS_VERDICT_ALLOWED)
      << "its place is enough";
}

TEST_F(Asks, AreToldWhenTheyHaveReadOtherBytes) {
  ASSERT_TRUE(Start());
  const std::string hex = Sha256Of(root_ + "/good.py");
  std::array<unsigned char, 32> hash{};
  for (size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<unsigned char>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }
  const UniqueFd fd(open((root_ + "/good.py").c_str(), O_RDONLY | O_CLOEXEC));
  for (int i = 0; i < 2; ++i) {
    const Answer same = Ask(fd.get(), nullptr, PORTCULLIS_POLICY_SCRIPT, hash.data());
    EXPECT_EQ(same.error, 0);
    EXPECT_EQ(same.result.flags, PORTCULLIS_RESULT_HAS_RULE | PORTCULLIS_RESULT_HASH_CHECKED);
    EXPECT_EQ(same.result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  }
  hash[31] ^= 1;
  const Answer other = Ask(fd.get(), nullptr, PORTCULLIS_POLICY_SCRIPT, hash.data());
  EXPECT_EQ(other.error, PORTCULLIS_E_CHANGED);
  EXPECT_EQ(other.result.level, PORTCULLIS_LEVEL_DISALLOWED);
}

// Else whoever can name a file could find out by guessing what stands in it.
TEST_F(Asks, AreToldNothingOfTheContentByADescriptorThatCanNotBeRead) {
  ASSERT_TRUE(Start());
  const std::array<unsigned char, 32> guess{};
  for (const int how : {O_PATH, O_WRONLY}) {
    const UniqueFd fd(open((root_ + "/good.py").c_str(), how | O_CLOEXEC));
    ASSERT_TRUE(fd.valid());
    EXPECT_EQ(Ask(fd.get(), nullptr, PORTCULLIS_POLICY_SCRIPT, guess.data()).error,
              PORTCULLIS_E_BAD_FILE);
  }
  const UniqueFd fd(open((root_ + "/good.py").c_str(), O_PATH | O_CLOEXEC));
  EXPECT_EQ(Ask(fd.get()).error, 0) << "by itself such a descriptor will do";
}

TEST_F(Asks, AreDeniedByAPathThatTheyOnlyClaim) {
  ASSERT_TRUE(Start());
  const UniqueFd fd(open((root_ + "/good.py").c_str(), O_RDONLY | O_CLOEXEC));
  for (int i = 0; i < 2; ++i) {
    const Answer denied = Ask(fd.get(), "/elsewhere/forbidden.py");
    EXPECT_EQ(denied.result.verdict, PORTCULLIS_VERDICT_DENIED);
    EXPECT_STREQ(denied.result.rule_name, "rule 3");
    EXPECT_EQ(Ask(fd.get(), "/elsewhere/x.py").result.verdict, PORTCULLIS_VERDICT_ALLOWED);
    EXPECT_EQ(Ask(fd.get(), "x.py").result.verdict, PORTCULLIS_VERDICT_ALLOWED);
  }
}

TEST_F(Asks, AreRefusedForWhatIsNoRegularFile) {
  ASSERT_TRUE(Start());
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd reads(ends[0]), writes(ends[1]);
  const UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd folder(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd unix_socket(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (const int fd : {reads.get(), null.get(), folder.get(), unix_socket.get(), 4000}) {
    EXPECT_EQ(Ask(fd).error, PORTCULLIS_E_BAD_FILE) << fd;
  }
  const UniqueFd handle(open((root_ + "/good.py").c_str(), O_PATH | O_CLOEXEC));
  EXPECT_EQ(Ask(handle.get()).result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  // Without any place, and without a lease that could be had.
  const UniqueFd memory(memfd_create("x", MFD_CLOEXEC));
  ASSERT_EQ(write(memory.get(), kGood, strlen(kGood)), static_cast<ssize_t>(strlen(kGood)));
  const Answer nowhere = Ask(memory.get());
  EXPECT_EQ(nowhere.error, 0);
  EXPECT_EQ(nowhere.result.level, PORTCULLIS_LEVEL_DISALLOWED);
}

TEST_F(Asks, AreAnsweredByTheNextGateWhenOneIsKilledOrStopped) {
  ASSERT_TRUE(Start());
  // To open it later would be asked about as well, and answered in the dead gate's place.
  const UniqueFd good(open((root_ + "/good.py").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(Ask(good.get()).result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  for (const int signal : {SIGKILL, SIGSTOP}) {
    const pid_t gate = Gate();
    ASSERT_GT(gate, 0);
    Hit(gate, signal);
    const Answer answer = Ask(good.get());
    EXPECT_EQ(answer.error, 0) << portcullis_error_text(answer.error);
    EXPECT_EQ(answer.result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
    EXPECT_NE(Gate(), gate);
  }
  ASSERT_EQ(portcullis_set_timeout(context_, 100), 0);
  Hit(Gate(), SIGSTOP);
  EXPECT_EQ(Ask(good.get()).error, PORTCULLIS_E_TIMEOUT);
  ASSERT_TRUE(service_->Stop());
  EXPECT_EQ(Ask(good.get()).error, PORTCULLIS_E_NO_SERVICE);
}

TEST_F(Asks, AreAnsweredByThePolicyOfTheMoment) {
  ASSERT_TRUE(Start());
  EXPECT_FALSE(Trusts("/bad.py"));
  const auto set = service_->SetPolicy(Policy("AuditOnly"));
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_TRUE(Trusts("/bad.py"));
  EXPECT_EQ(AskAbout("/bad.py").result.generation, 2U);
}

TEST_F(Asks, LoseTheConnectionOverWhatIsNoQuestion) {
  ASSERT_TRUE(Start());
  EXPECT_TRUE(Trusts("/good.py"));
  const size_t before = GatesDescriptors();
  const UniqueFd file(open((root_ + "/good.py").c_str(), O_RDONLY | O_CLOEXEC));
  api::AskPacket packet = Question(file.get());
  packet[0] = 'x';
  const UniqueFd garbles = Connect();
  EXPECT_TRUE(Sends(garbles, packet));
  EXPECT_TRUE(IsClosed(garbles));
  const UniqueFd floods = Connect();
  EXPECT_TRUE(Sends(floods, api::AskPacket(api::kMaxAskBytes + 1, 'x')));
  EXPECT_TRUE(IsClosed(floods));
  // Descriptors are not taken in.
  const UniqueFd hands = Connect();
  const std::vector<int> several(4, file.get());
  EXPECT_TRUE(SendsWith(hands, Question(file.get()), several));
  EXPECT_TRUE(IsClosed(hands));
  // Nor is a question of a process that did not connect.
  const UniqueFd lends = Connect();
  EXPECT_EQ(As(0, [&] { return Sends(lends, Question(file.get())) ? 0 : 1; }), 0);
  EXPECT_TRUE(IsClosed(lends));
  EXPECT_TRUE(Trusts("/good.py"));
  EXPECT_LE(GatesDescriptors(), before) << "nothing is left of any of them";
}

TEST_F(Asks, AreNotHeldUpByAFileSystemThatIsSilent) {
  ASSERT_TRUE(Start());
  const std::string directory = mounts_->scratch() + "/silent";
  std::filesystem::create_directories(directory);
  auto silent = SilentFileSystem::Mount(directory, Names::kAlways, Closes::kSilent);
  if (!silent) GTEST_SKIP() << kNoSuchFileSystem << ": " << silent.error().message;
  const UniqueFd file(open((*silent)->program().c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file.valid());
  const auto began = steady_clock::now();
  std::vector<Answer> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(Ask(file.get()));
  EXPECT_TRUE(Trusts("/good.py"));
  // Held up, each would take the whole budget.
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(20));
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.error, 0) << portcullis_error_text(answer.error);
    EXPECT_EQ(answer.result.level, PORTCULLIS_LEVEL_DISALLOWED);
    EXPECT_EQ(answer.result.flags & PORTCULLIS_RESULT_IN_TIME_ONLY, 0U) << "never read";
  }
  // What the gate is never handed does not keep it from ending either.
  const UniqueFd hands = Connect();
  EXPECT_TRUE(SendsWith(hands, Question(file.get()), {file.get()}));
  EXPECT_TRUE(IsClosed(hands));
  EXPECT_TRUE(service_->Stop());
  silent->reset();  // else the file could not be closed
}

// Where the service does not see the mount either.
TEST_F(Asks, AreNotHeldUpByASilentFileSystemOfAnotherNamespace) {
  ASSERT_TRUE(Start());
  const int status = As(0, [&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("", "/", "", MS_REC | MS_PRIVATE, "") != 0) return 1;
    const std::string directory = mounts_->scratch() + "/silent";
    std::filesystem::create_directories(directory);
    auto silent = SilentFileSystem::Mount(directory, Names::kAlways, Closes::kSilent);
    if (!silent) return 77;
    const UniqueFd file(open((*silent)->program().c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return 2;
    const auto began = steady_clock::now();
    for (int i = 0; i < 20; ++i) {
      const Answer answer = Ask(file.get());
      if (answer.error != 0 || answer.result.level != PORTCULLIS_LEVEL_DISALLOWED) {
        silent->reset();
        return 3;
      }
    }
    if (!Trusts("/good.py")) return 4;
    const bool is_quick = steady_clock::now() - began < std::chrono::seconds(2);
    silent->reset();
    return is_quick ? 0 : 5;
  });
  if (status == 77) GTEST_SKIP() << kNoSuchFileSystem << ": fuse";
  EXPECT_EQ(status, 0);
}

// A user who does all he can, beside one who asks and one who runs programs.
TEST_F(Asks, DoNotFeelWhatAnotherUserFloods) {
  ASSERT_TRUE(Start());
  EXPECT_TRUE(Trusts("/good.py"));
  const pid_t flood = fork();
  if (flood == 0) {
    if (setresgid(kUser, kUser, kUser) != 0 || setresuid(kUser, kUser, kUser) != 0) _exit(99);
    const int file = open((root_ + "/bad.py").c_str(), O_RDONLY);
    std::vector<UniqueFd> sockets;
    for (;;) {
      UniqueFd made = Connect();
      if (made.valid()) sockets.push_back(std::move(made));
      if (sockets.size() > 400) sockets.erase(sockets.begin(), sockets.begin() + 200);
      for (const UniqueFd& one : sockets) {
        const api::AskPacket packet = Question(file);
        if (send(one.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
          continue;
      }
    }
  }
  usleep(500'000);
  const auto end = steady_clock::now() + std::chrono::seconds(3);
  int asked = 0, ran = 0;
  std::chrono::nanoseconds longest{0};
  while (steady_clock::now() < end) {
    const auto began = steady_clock::now();
    EXPECT_TRUE(Trusts("/good.py"));
    ++asked;
    EXPECT_TRUE(RunProgram({root_ + "/program"}).ran());
    ++ran;
    longest = std::max<std::chrono::nanoseconds>(longest, steady_clock::now() - began);
  }
  kill(flood, SIGKILL);
  waitpid(flood, nullptr, 0);
  // How fast is for tools/bench_ask: on a busy machine the flood alone keeps a processor.
  EXPECT_GT(asked, 2);
  EXPECT_GT(ran, 2);
  EXPECT_LT(longest, std::chrono::seconds(10));
  EXPECT_LT(GatesDescriptors(), 1000U);
}

}  // namespace
}  // namespace portcullis::testing
