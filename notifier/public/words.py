"""What the page says, in Chinese and in English. A language nobody has written reads English."""

from collections.abc import Mapping
from types import MappingProxyType

CHINESE, ENGLISH = "zh-CN", "en"

_EN = {
    "other": "中文",
    "brand": "Clearway",
    "title": "Your vehicle",
    "head_standing": "Please move your vehicle",
    "lead_standing": "A camera sees it in a place that has to stay clear.",
    "head_unseen": "Has it been moved?",
    "lead_unseen": "The camera cannot see your vehicle at the moment. If it is still there, please move it.",
    "head_checking": "Thank you. We are checking.",
    "lead_checking": "You told us on {at} that it has been moved. The case closes by itself when the camera"
    " sees the place empty.",
    "head_waiting": "A person is checking",
    "lead_waiting": "You told us that this is not your vehicle. Until a person has looked, you get no more"
    " messages about this case.",
    "head_left": "Thank you. The place is clear.",
    "lead_left": "The camera saw your vehicle leave. The case is closed; there is nothing more to do.",
    "head_closed": "This case is closed",
    "lead_closed": "There is nothing more to do on this page.",
    "head_not_yours": "You were right: it is not your vehicle",
    "lead_not_yours": "A person has looked at it. You get no more messages about this case. We are sorry.",
    "head_withdrawn": "This case was withdrawn",
    "lead_withdrawn": "You need not do anything.",
    "head_archived": "This case is in the archive",
    "lead_archived": "It takes no more answers here. Turn to the authority if you have a question.",
    "picture": "Picture from the camera: your vehicle in the place that has to stay clear",
    "picture_note": "Faces and the plates of others are made unreadable.",
    "no_picture": "There is no picture, or it is not kept any more.",
    "what": "What",
    "where": "Where",
    "since": "Since",
    "until": "Closed",
    "plate": "Plate",
    "case": "Case",
    "moved": "I have moved it",
    "moved_note": "The case closes by itself when the camera sees the place empty.",
    "moved_said": "You told us on {at} that it has been moved. The camera saw a vehicle there after that.",
    "not_mine": "This is not my vehicle",
    "not_mine_note": "Stops the messages. A person compares picture and plate.",
    "not_mine_said": "You told us on {at} that this is not your vehicle. A person looks at it.",
    "refuted": "A person compared picture and plate after you told us that this is not your vehicle: it is"
    " the one registered with your number. If you disagree, object below.",
    "confirm_head": "Is this not your vehicle?",
    "confirm_lead": "We then stop the messages to you about this case, and a person compares picture and"
    " plate. The authority keeps the case.",
    "confirm_yes": "Yes, this is not my vehicle",
    "confirm_no": "No, go back",
    "objection": "Raise an objection",
    "objection_label": "What is wrong? (at most 1000 characters)",
    "objection_note": "The authority reads it. Please write no telephone numbers or addresses.",
    "objection_send": "Send the objection",
    "objection_said": "We have your objection of {at}. The authority reads it.",
    "objection_empty": "Nothing was written. Say what is wrong, then send it.",
    "objection_long": "This has {n} characters; at most 1000 are possible.",
    "objection_many": "Five objections were made already. Write to the authority.",
    "over": "The case has ended meanwhile; see below.",
    "expires": "This page can be opened until {at}. Whoever has its link can open it: pass it on to nobody.",
    "contact": "Questions: {contact}",
    "stop": "To get no messages at all, answer STOP to the message.",
    "forged_head": "This link does not work",
    "forged_lead": "It is incomplete or not one of ours. Open it from the message as it came.",
    "expired_head": "This link has expired",
    "expired_lead": "The time in which it could be opened is over. Turn to the authority with the case number"
    " in the message.",
    "gone_head": "This case is not kept any more",
    "gone_lead": "What belonged to it was deleted when its time was over.",
    "busy_head": "One moment, please",
    "busy_lead": "This was asked for very often. Try again in {n} seconds.",
    "down_head": "Not reachable at the moment",
    "down_lead": "Nothing was lost, and your answer was not taken. Try again in a few minutes.",
    "bad_head": "This cannot be read",
    "bad_lead": "Go back to the page and try again.",
    "nothing_head": "There is nothing here",
    "nothing_lead": "Open the link in the message that you got.",
}
_ZH = {
    "other": "English",
    "brand": "Clearway",
    "title": "您的车辆",
    "head_standing": "请尽快驶离",
    "lead_standing": "摄像头发现您的车停放在须保持畅通的区域。",
    "head_unseen": "车已驶离了吗？",
    "lead_unseen": "摄像头暂时看不到您的车。如仍在原处，请尽快驶离。",
    "head_checking": "谢谢，正在核实",
    "lead_checking": "您已于{at}告知车已驶离。摄像头看到该处空出后，案件会自动关闭。",
    "head_waiting": "正在人工核查",
    "lead_waiting": "您已告知这不是您的车。在人工核查之前，本案不会再向您发送短信。",
    "head_left": "谢谢，道路已畅通",
    "lead_left": "摄像头已看到您的车驶离，案件已关闭，无需再做任何操作。",
    "head_closed": "案件已关闭",
    "lead_closed": "在此页面无需再做任何操作。",
    "head_not_yours": "您说得对：这不是您的车",
    "lead_not_yours": "经人工核查属实，本案不会再向您发送短信。给您带来不便，深表歉意。",
    "head_withdrawn": "案件已撤销",
    "lead_withdrawn": "您无需做任何操作。",
    "head_archived": "案件已归档",
    "lead_archived": "此处不再接受答复。如有疑问，请联系主管部门。",
    "picture": "摄像头照片：您的车停放在须保持畅通的区域",
    "picture_note": "他人的面部和车牌已作模糊处理。",
    "no_picture": "没有照片，或照片已按规定删除。",
    "what": "事由",
    "where": "地点",
    "since": "时间",
    "until": "结案",
    "plate": "车牌",
    "case": "案件号",
    "moved": "我已驶离",
    "moved_note": "摄像头看到该处空出后，案件会自动关闭。",
    "moved_said": "您已于{at}告知车已驶离，但摄像头此后仍看到该处有车。",
    "not_mine": "这不是我的车",
    "not_mine_note": "将停止发送短信，并由人工核对照片和车牌。",
    "not_mine_said": "您已于{at}告知这不是您的车，将由人工核查。",
    "refuted": "您告知这不是您的车后，经人工核对照片和车牌，确认是登记在您名下的车。如有异议，请在下方提出。",
    "confirm_head": "确认这不是您的车吗？",
    "confirm_lead": "确认后，本案将停止向您发送短信，并由人工核对照片和车牌。主管部门仍会继续处理本案。",
    "confirm_yes": "是的，这不是我的车",
    "confirm_no": "不是，返回",
    "objection": "提出异议",
    "objection_label": "请说明情况（最多1000字）",
    "objection_note": "主管部门会阅读。请勿填写电话号码或住址。",
    "objection_send": "提交异议",
    "objection_said": "已收到您于{at}提交的异议，主管部门会阅读。",
    "objection_empty": "内容为空，请说明情况后再提交。",
    "objection_long": "共{n}个字，最多1000字。",
    "objection_many": "您已提交五次异议，如有补充请联系主管部门。",
    "over": "案件在此期间已结束，请看下方。",
    "expires": "本页面有效期至{at}。任何持有链接的人都能打开，请勿转发。",
    "contact": "咨询：{contact}",
    "stop": "如不想再收到任何短信，请回复 STOP。",
    "forged_head": "链接无效",
    "forged_lead": "链接不完整，或不是我们发出的。请从收到的短信中打开。",
    "expired_head": "链接已过期",
    "expired_lead": "可打开的期限已过。如有疑问，请凭短信中的案件号联系主管部门。",
    "gone_head": "案件资料已删除",
    "gone_lead": "保存期限已过，相关资料已按规定删除。",
    "busy_head": "请稍候",
    "busy_lead": "访问过于频繁，请在{n}秒后重试。",
    "down_head": "暂时无法访问",
    "down_lead": "资料没有丢失，但您的答复尚未收到。请几分钟后重试。",
    "bad_head": "无法读取",
    "bad_lead": "请返回页面后重试。",
    "nothing_head": "这里没有内容",
    "nothing_lead": "请打开您收到的短信中的链接。",
}
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {ENGLISH: MappingProxyType(_EN), CHINESE: MappingProxyType(_ZH)}
)


def language_for(*wishes: str) -> str:
    """The language of the page: the first wish that is written, else English.

    Args:
        wishes: tags such as `zh-TW`, or a browser's whole Accept-Language; empty ones are passed over.
    """
    for wish in wishes:
        for part in wish.split(","):
            family = part.split(";")[0].strip().lower().partition("-")[0]
            if family == "zh":
                return CHINESE
            if family == "en":
                return ENGLISH
    return ENGLISH
